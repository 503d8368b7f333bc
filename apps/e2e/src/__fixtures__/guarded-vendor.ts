import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that speaks OpenAI's dialect and looks at what each call is authorized by. */
export interface GuardedVendor {
  /** `http://127.0.0.1:<port>/v1`. */
  readonly url: string;
  /** The `authorization` of each request, the last one last. */
  readonly seen: readonly string[];
  /** What it refuses with 401. Default nothing but what is authorized by nothing. */
  refuses: (authorization: string) => boolean;
  close(): Promise<void>;
}

const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'guarded',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};
const MODELS = { object: 'list', data: [{ id: 'guarded', object: 'model', created: 1, owned_by: 'us' }] };

/** Starts one on a free port. */
export async function startGuardedVendor(): Promise<GuardedVendor> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const authorization = request.headers.authorization ?? '';
    seen.push(authorization);
    request.resume().on('end', () => {
      if (authorization === '' || vendor.refuses(authorization)) answer(response, 401, { error: { message: 'No.' } });
      else answer(response, 200, request.url === '/v1/models' ? MODELS : COMPLETION);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const vendor: GuardedVendor = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    seen,
    refuses: () => false,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return vendor;
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
