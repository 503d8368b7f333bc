import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/** So long a token takes, in milliseconds: all who need one come while it is on its way. */
const FETCH_MS = 200;

/** A request for a token, as it came. */
interface TokenRequest {
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
}

/** A token service on loopback, and a vendor behind it that takes its last token and no other. */
export interface GuardedVendor {
  /** Of the service. */
  readonly tokenUrl: string;
  /** Of the vendor: what is authorized goes on to the simulator. */
  readonly vendorUrl: string;
  /** Every token that was asked for. */
  readonly asked: readonly TokenRequest[];
  /** How many calls the vendor refused. */
  refused(): number;
  /** The vendor takes no token that was issued before. */
  revoke(): void;
  close(): Promise<void>;
}

/** @param simulator Known only when the first call comes. */
export async function startGuardedVendor(simulator: () => string): Promise<GuardedVendor> {
  const asked: TokenRequest[] = [];
  const valid = new Set<string>();
  let refused = 0;

  const tokens = createServer((request, response) => {
    void (async () => {
      const form = Object.fromEntries(new URLSearchParams(await text(request)));
      asked.push({ path: request.url ?? '', form });
      await delay(FETCH_MS);
      const token = `token-${asked.length}-${'x'.repeat(40)}`;
      valid.add(token);
      const answer = { access_token: token, token_type: 'Bearer', expires_in: 3_600 };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    })();
  });

  const vendor = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
      if (!valid.has(token)) {
        refused += 1;
        response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":{"message":"Unauthorized"}}');
        return;
      }
      const answer = await fetch(`${simulator()}${request.url}`, forwarded(request, body));
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
    })();
  });

  return {
    tokenUrl: await listen(tokens),
    vendorUrl: await listen(vendor),
    asked,
    refused: () => refused,
    revoke: () => valid.clear(),
    async close() {
      for (const server of [tokens, vendor]) {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      }
    },
  };
}

function forwarded({ method = 'GET' }: IncomingMessage, body: string): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, ...(body !== '' && { body }) };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
