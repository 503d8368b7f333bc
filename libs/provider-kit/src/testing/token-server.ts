import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a token service was asked. */
export interface TokenRequest {
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly form: URLSearchParams;
}

/** How one request is answered in place of a token. */
export type TokenScript = (response: ServerResponse, request: TokenRequest) => void;

/** A token service on loopback: every request of a grant gets a token of its own, until it is told otherwise. */
export interface TokenServer {
  /** `http://127.0.0.1:<port>/token`. */
  readonly url: string;
  readonly requests: readonly TokenRequest[];
  /** Every token that was given, the last one last. */
  readonly tokens: readonly string[];
  /** `expires_in` of the tokens to come, in seconds; undefined: it does not say. Default 3,600. */
  expiresIn: number | undefined;
  /** What to do with the next requests, one script for each. */
  play(...scripts: readonly TokenScript[]): void;
  close(): Promise<void>;
}

/** The client that it gives tokens to. */
export const TOKEN_CLIENT = { clientId: 'switchyard', clientSecret: 'client secret/canary+0123456789' };

/** Starts one on a free port of 127.0.0.1. It takes the client of the specs, in the form or in a header, and any assertion. */
export async function startTokenServer(): Promise<TokenServer> {
  const requests: TokenRequest[] = [];
  const tokens: string[] = [];
  const scripts: TokenScript[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((message, response) => {
    void text(message).then((body) => {
      const request = { path: message.url ?? '', headers: message.headers, form: new URLSearchParams(body) };
      requests.push(request);
      const script = scripts.shift();
      if (script) script(response, request);
      else grant(response, request);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function grant(response: ServerResponse, request: TokenRequest): void {
    if (!isKnown(request)) return answerToken({ error: 'invalid_client' }, 401)(response, request);
    const token = `token-${tokens.length + 1}-canary-${'x'.repeat(20)}`;
    tokens.push(token);
    // As the metadata server of Google has it; others do not look.
    response.setHeader('metadata-flavor', 'Google');
    answerToken({ access_token: token, token_type: 'Bearer', expires_in: running.expiresIn })(response, request);
  }

  const running: TokenServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    requests,
    tokens,
    expiresIn: 3_600,
    play: (...more) => void scripts.push(...more),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return running;
}

/** Answers a JSON value as a token service does. */
export function answerToken(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): TokenScript {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  };
}

function isKnown({ form, headers }: TokenRequest): boolean {
  if (form.get('grant_type') !== 'client_credentials') return true;
  const { clientId, clientSecret } = TOKEN_CLIENT;
  const [id, secret] =
    headers.authorization === undefined
      ? [form.get('client_id'), form.get('client_secret')]
      : [...new URLSearchParams(decodeBasic(headers.authorization))].flat();
  return id === clientId && secret === clientSecret;
}

/** Of RFC 6749 §2.3.1, whose parts are encoded as a form's are. */
function decodeBasic(header: string): string {
  const pair = Buffer.from(header.replace(/^Basic /, ''), 'base64').toString();
  return pair.replace(':', '=');
}
