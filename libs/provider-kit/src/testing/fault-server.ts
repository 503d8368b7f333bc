import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as it came over the wire. */
export interface RecordedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Fulfils when the socket that it came on is closed, by whichever side. */
  readonly closed: Promise<void>;
}

/** What the server does with one request. */
export type Script = (exchange: {
  readonly request: RecordedRequest;
  readonly response: ServerResponse;
  readonly socket: Socket;
}) => void | Promise<void>;

/** A vendor on loopback that does as it is told, faults included. */
export interface FaultServer {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Everything that came since it was made or cleared, in order. */
  readonly requests: readonly RecordedRequest[];
  /** What to do with the next requests, one script for each. A request without one is answered 599. */
  play(...scripts: readonly Script[]): void;
  /** The next request to come, or the oldest one that nobody has awaited. */
  nextRequest(): Promise<RecordedRequest>;
  /** Forgets scripts and requests, and closes every socket. */
  clear(): void;
  close(): Promise<void>;
}

/** Starts one on a free port of 127.0.0.1. */
export async function startFaultServer(): Promise<FaultServer> {
  const scripts: Script[] = [];
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  let awaited = 0;
  let announce: () => void = () => undefined;

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = message;
    const request = await record(message);
    requests.push(request);
    announce();
    const script = scripts.shift();
    if (script) await script({ request, response, socket });
    else response.writeHead(599).end();
  }

  const server = createServer((message, response) => {
    // A client that goes away in mid-request is what many of these scripts are for.
    handle(message, response).catch(() => message.socket.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket.setNoDelay(true));
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  const url = await listen(server);

  return {
    url,
    requests,
    play: (...more) => void scripts.push(...more),
    async nextRequest() {
      for (;;) {
        const request = requests[awaited];
        if (request) {
          awaited += 1;
          return request;
        }
        await new Promise<void>((resolve) => {
          announce = resolve;
        });
      }
    },
    clear() {
      scripts.length = 0;
      requests.length = 0;
      awaited = 0;
      for (const socket of sockets) socket.destroy();
    },
    close: () => shut(server, sockets),
  };
}

async function record(message: IncomingMessage): Promise<RecordedRequest> {
  const closed = new Promise<void>((resolve) => message.socket.once('close', () => resolve()));
  const body = await text(message);
  return { method: message.method ?? '', path: message.url ?? '', headers: message.headers, body, closed };
}

/** A port that takes connections and never says a word: a TLS handshake with it does not end. */
export async function startSilentServer(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  const url = await listen(server);
  return { url: url.replace('http:', 'https:'), close: () => shut(server, sockets) };
}

/** An address on loopback where nobody listens. */
export async function unusedUrl(): Promise<string> {
  const server = createTcpServer();
  const url = await listen(server);
  await shut(server, new Set());
  return url;
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function shut(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
}
