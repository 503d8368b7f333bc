import { STATUS_CODES, type IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { KeyDirectory } from '@switchyard/config';
import { GatewayError } from '@switchyard/contract';
import type { Metrics } from '@switchyard/telemetry';
import { authenticate } from '../authentication/authenticate.js';
import { answerOf } from '../errors/error-answer.js';
import { methodNotAllowed, refusedByServer } from '../errors/refused-by-server.js';
import { collectMethods } from './allowed-methods.js';
import { limitDeparture } from './departure.js';
import { lingerOnClose } from './linger-on-close.js';
import { readBody } from './read-body.js';
import { openRequestMetrics } from './request-metrics.js';
import { newRequestId, requestIdOf } from './request-id.js';

/** For a whole request to arrive, in milliseconds: 32 MiB over a slow line, and no socket held for ever. */
const ARRIVAL_LIMIT_MS = 120_000;
/** As long as a request line may be at all: whether such a thing exists is the route's answer. */
const LONGEST_PARAMETER = 16_384;

/** How the HTTP server of the API differs from its defaults. */
export const SERVER_OPTIONS = {
  requestIdHeader: false as const,
  genReqId: (request: { readonly headers: IncomingHttpHeaders }) => requestIdOf(request),
  forceCloseConnections: 'idle' as const,
  requestTimeout: ARRIVAL_LIMIT_MS,
  // A request on a connection that is open already is answered to the end of the process.
  return503OnClosing: false,
  skipMiddie: true,
  routerOptions: { maxParamLength: LONGEST_PARAMETER },
  frameworkErrors: refuseAddress,
  clientErrorHandler: refuseConnection,
};

/** What happens to every request before its route is known to Nest. Comes before anything else registers a route. */
export function handleRequests(
  http: NestFastifyApplication,
  { keys, bodyLimit, metrics }: { readonly keys: KeyDirectory; readonly bodyLimit: number; readonly metrics: Metrics },
): void {
  const server = http.getHttpAdapter().getInstance();
  const watch = openRequestMetrics(metrics);
  const allowedMethods = collectMethods(server, SERVER_OPTIONS.routerOptions);
  server.addHook('onRequest', (request, reply, done) => {
    watch(request, reply);
    reply.header('x-request-id', request.id);
    done();
  });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    limitDeparture(reply.raw);
    done();
  });
  server.addHook('onRequest', (request, reply, done) => {
    const allowed = request.is404 ? allowedMethods(request.url) : [];
    if (allowed.length === 0) return done();
    reply.header('allow', allowed.join(', '));
    done(methodNotAllowed(allowed));
  });
  // The guard decides; this only keeps the bodies of strangers from being read.
  server.addHook('onRequest', (request, _reply, done) => {
    if (request.is404 || request.method === 'GET' || request.method === 'HEAD') return done();
    authenticate(request, keys);
    done();
  });
  server.addHook('onSend', (request, reply, _payload, done) => {
    if (reply.statusCode === 413 && !request.raw.complete) lingerOnClose(request.raw);
    done();
  });
  server.removeAllContentTypeParsers();
  http.useBodyParser('*', { bodyLimit }, (request, bytes, done) => {
    try {
      done(null, readBody(request, bytes));
    } catch (error) {
      done(error instanceof Error ? error : new Error('The body could not be read.', { cause: error }));
    }
  });
}

const JSON_TYPE = 'application/json; charset=utf-8';
const MALFORMED = new GatewayError(
  'invalid_request_error',
  'The request is malformed; check its path and its headers.',
  {
    code: 'malformed_request',
    status: 400,
  },
);

/** As much of a reply as there is before a route. */
interface BareReply {
  readonly raw: { statusCode: number; setHeader(name: string, value: string): unknown; end(text: string): unknown };
}

/** An address that cannot be decoded never becomes a request. */
function refuseAddress(failure: Error, request: { readonly id: string }, reply: BareReply): void {
  const { status, headers, body } = answerOf(refusedByServer(failure) ?? MALFORMED, request.id);
  reply.raw.statusCode = status;
  for (const [name, value] of Object.entries({ ...headers, 'content-type': JSON_TYPE }))
    reply.raw.setHeader(name, value);
  reply.raw.end(JSON.stringify(body));
}

/** What is no HTTP, or too much of it, is told so on the bare socket. */
function refuseConnection(failure: Error, socket: Socket): void {
  if (socket.destroyed || !socket.writable) return;
  const { status, headers, body } = answerOf(refusedByServer(failure) ?? MALFORMED, newRequestId());
  const text = JSON.stringify(body);
  const lines = Object.entries({
    ...headers,
    'content-type': JSON_TYPE,
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${text}`);
}
