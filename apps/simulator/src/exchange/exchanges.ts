import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from '@switchyard/telemetry';
import { isRecord, type JsonRecord } from '../content/record.js';
import { Refusal } from '../refusal.js';
import { readSteering, withoutFaults, type Steering } from '../steering/steering.js';
import { Traffic, type LoggedRequest } from '../traffic/traffic.js';
import type { Answer, Answerer, Dialect } from './dialect.js';
import { Repeats } from './repeats.js';
import { Wire } from './wire.js';

export const LOGGER = Symbol('LOGGER');

/** What Fastify gives to a handler, as far as it matters here. */
export interface IncomingRequest {
  readonly raw: IncomingMessage;
  readonly headers: IncomingMessage['headers'];
}
export interface OutgoingReply {
  readonly raw: ServerResponse;
  /** From then on we write the answer ourselves. */
  hijack(): unknown;
}

interface Exchange {
  readonly request: IncomingRequest;
  readonly reply: OutgoingReply;
  /** The route, as counts and log name it. */
  readonly path: string;
  readonly body: unknown;
  readonly dialect: Dialect;
  readonly answer: Answerer;
  /** Where the address names the model, not the body. */
  readonly model?: string;
}

const JSON_TYPE = 'application/json';
const EVENT_TYPE = 'text/event-stream; charset=utf-8';

function headerOf(request: IncomingRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join() : value;
}

function modelOf({ model, body }: Exchange): string | null {
  if (model !== undefined) return model;
  return isRecord(body) && typeof body['model'] === 'string' ? body['model'] : null;
}

function metadataOf(body: unknown): string | undefined {
  const metadata = isRecord(body) ? body['metadata'] : undefined;
  const value = isRecord(metadata) ? metadata['x-simulate'] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function originOf(request: IncomingRequest): string {
  const { localAddress, localPort } = request.raw.socket;
  return `http://${request.headers.host ?? `${localAddress}:${localPort}`}`;
}

/** The life of a request from its arrival to its last byte: steering, waiting, faults, sending, and what is noted of it. */
@Injectable()
export class Exchanges {
  private readonly repeats = new Repeats();
  private readonly closing = new AbortController();

  constructor(
    private readonly traffic: Traffic,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Ends the requests that would never be answered. */
  close(): void {
    this.closing.abort();
  }

  /** Answers one request. Never rejects. */
  async serve(exchange: Exchange): Promise<void> {
    const { request, reply, path, dialect } = exchange;
    const response = reply.raw;
    reply.hijack();
    const logged = this.traffic.begin({
      path,
      model: modelOf(exchange),
      requestId: headerOf(request, 'x-request-id') ?? null,
      attempt: headerOf(request, 'x-switchyard-attempt') ?? null,
    });
    const gone = new AbortController();
    const wire = new Wire(response, gone.signal);
    const end = (): void => {
      const outcome = wire.wasCut ? 'cut' : response.writableFinished ? 'answered' : 'aborted';
      this.traffic.end(logged, response.headersSent ? response.statusCode : null, outcome);
      // Not after each answer: what an abort costs is a tenth of a request.
      if (outcome !== 'answered') gone.abort();
    };
    // The client may have left while its request was being read.
    if (response.destroyed) end();
    else response.once('close', end);
    try {
      await this.send(exchange, logged, wire, gone.signal);
    } catch (error) {
      if (gone.signal.aborted) return;
      const refusal = error instanceof Refusal ? error : new Refusal(500, 'The simulator made a mistake; see its log.');
      if (refusal !== error) this.logger.error({ error, path }, 'An answer could not be made');
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const headers = { ...dialect.headers(logged.id), ...refusal.headers, 'content-type': JSON_TYPE };
      await wire.sendWhole(refusal.status, headers, Buffer.from(JSON.stringify(dialect.errorBody(refusal))), undefined);
    }
  }

  private async send(exchange: Exchange, logged: LoggedRequest, wire: Wire, gone: AbortSignal): Promise<void> {
    const { request, body, dialect } = exchange;
    const model = modelOf(exchange);
    const header = headerOf(request, 'x-simulate');
    const asked = readSteering({ header, metadata: metadataOf(body), model: model ?? undefined });
    const steering = this.isOver(asked, exchange) ? withoutFaults(asked) : asked;
    if (steering.hang) await this.hang(gone);
    if (steering.latencyMs > 0) await delay(steering.latencyMs, undefined, { signal: gone });
    const headers = { ...dialect.headers(logged.id), 'content-type': JSON_TYPE };
    if (steering.status !== undefined) {
      const refusal = dialect.refusalOf(steering.status, model);
      const errorBody = Buffer.from(JSON.stringify(dialect.errorBody(refusal)));
      await wire.sendWhole(refusal.status, { ...headers, ...steering.retryHeaders }, errorBody, steering.cutBytes);
      return;
    }
    if (body !== undefined && !isRecord(body)) throw new Refusal(400, 'The body must be a JSON object.');
    const content: JsonRecord = body ?? {};
    const answer = exchange.answer(content, { steering, id: logged.id, origin: originOf(request) });
    await this.sendAnswer(answer, steering, headers, wire);
  }

  private async sendAnswer(
    answer: Answer,
    steering: Steering,
    headers: Readonly<Record<string, string>>,
    wire: Wire,
  ): Promise<void> {
    const { body, cutBytes, paceMs, failAfter } = steering;
    if (body === 'html' || body === 'empty') {
      const page = body === 'html' ? '<html><body><h1>502 Bad Gateway</h1></body></html>' : '';
      await wire.sendWhole(200, { ...headers, 'content-type': 'text/html' }, Buffer.from(page), cutBytes);
    } else if (answer.kind === 'json') {
      const whole = Buffer.from(JSON.stringify(answer.body));
      const sent = body === 'half' ? whole.subarray(0, whole.length >> 1) : whole;
      await wire.sendWhole(200, { ...headers, ...answer.headers }, sent, cutBytes);
    } else {
      const frames = failAfter === undefined ? answer.frames : failing(answer.frames, failAfter, answer.failure);
      const { contentType = EVENT_TYPE } = answer;
      const streamHeaders = { ...headers, 'content-type': contentType, 'cache-control': 'no-cache' };
      await wire.sendPieces(200, streamHeaders, frames, { paceMs, cutBytes });
    }
  }

  /** Whether the faults of this request were seen as often as it asked for. */
  private isOver(steering: Steering, { request, path, body }: Exchange): boolean {
    if (steering.times === undefined) return false;
    const header = headerOf(request, 'x-simulate') ?? '';
    return this.repeats.count(path, header, JSON.stringify(body ?? null)) > steering.times;
  }

  /** @throws always: when the client leaves or the simulator closes. */
  private async hang(gone: AbortSignal): Promise<never> {
    const end = AbortSignal.any([gone, this.closing.signal]);
    if (!end.aborted) await once(end, 'abort');
    throw new Refusal(503, 'The simulator is closing.');
  }
}

/** The first frames of a stream, then its failure. */
function* failing(frames: Iterable<string>, after: number, failure: string): Iterable<string> {
  let passed = 0;
  for (const frame of frames) {
    if (passed >= after) break;
    passed += 1;
    yield frame;
  }
  yield failure;
}
