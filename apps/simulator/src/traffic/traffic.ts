import { Inject, Injectable } from '@nestjs/common';
import type { Counter, Metrics } from '@switchyard/telemetry';

/** How a request ended: answered in full, left by its client, or cut by us because it asked for that. */
type Outcome = 'answered' | 'aborted' | 'cut';

/** One request as the log keeps it: whose it was and how it ended, nothing of what it said. */
export interface LoggedRequest {
  /** Rises by one with each request, from 1. */
  readonly sequence: number;
  /** The id that its answer carries. */
  readonly id: string;
  readonly time: string;
  /** The route (`/v1/models/:id`), not the address. */
  readonly path: string;
  readonly model: string | null;
  /** Its header `x-request-id`. */
  readonly requestId: string | null;
  /** Its header `x-switchyard-attempt`. */
  readonly attempt: string | null;
  /** Null while it is open, and where no status was sent. */
  readonly status: number | null;
  /** Null while it is open. */
  readonly outcome: Outcome | null;
  readonly durationMs: number | null;
}

interface Arrival {
  readonly path: string;
  readonly model: string | null;
  readonly requestId: string | null;
  readonly attempt: string | null;
}

interface LogQuery {
  /** Only requests after this sequence number. */
  readonly after: number;
  readonly limit: number;
  /** Only requests that carry this as their id or their attempt. */
  readonly marker: string | undefined;
}

type Open = { -readonly [Field in keyof LoggedRequest]: LoggedRequest[Field] };

export const METRICS = Symbol('METRICS');
const KEPT = 10_000;
const LONGEST_FIELD = 200;

const REQUESTS = {
  name: 'switchyard_simulator_requests_total',
  help: 'Requests to the simulator.',
  labels: ['path', 'outcome'],
} as const;

function bounded(text: string | null): string | null {
  return text === null ? null : text.slice(0, LONGEST_FIELD);
}

/** What the simulator saw: counts, and the last ten thousand requests. */
@Injectable()
export class Traffic {
  private readonly ring: Open[] = [];
  private readonly prefix = Date.now().toString(36);
  private readonly ended: Counter<'path' | 'outcome'>;
  private byPath = new Map<string, number>();
  private sequence = 0;
  private requests = 0;
  private inFlight = 0;
  private peak = 0;

  constructor(@Inject(METRICS) metrics: Metrics) {
    this.ended = metrics.counter(REQUESTS);
  }

  begin({ path, model, requestId, attempt }: Arrival): LoggedRequest {
    this.sequence += 1;
    const request: Open = {
      sequence: this.sequence,
      id: `sim${this.prefix}${this.sequence.toString(36).padStart(5, '0')}`,
      time: new Date().toISOString(),
      path,
      model: bounded(model),
      requestId: bounded(requestId),
      attempt: bounded(attempt),
      status: null,
      outcome: null,
      durationMs: null,
    };
    this.ring[(this.sequence - 1) % KEPT] = request;
    this.requests += 1;
    this.inFlight += 1;
    this.peak = Math.max(this.peak, this.inFlight);
    this.byPath.set(path, (this.byPath.get(path) ?? 0) + 1);
    return request;
  }

  end(request: LoggedRequest, status: number | null, outcome: Outcome): void {
    this.inFlight -= 1;
    const { sequence, path, time } = request;
    this.ended.add({ path, outcome });
    const kept = this.ring[(sequence - 1) % KEPT];
    if (kept?.sequence !== sequence) return;
    kept.status = status;
    kept.outcome = outcome;
    kept.durationMs = Date.now() - Date.parse(time);
  }

  stats(): { requests: number; inFlight: number; peak: number; byPath: Record<string, number> } {
    const { requests, inFlight, peak } = this;
    return { requests, inFlight, peak, byPath: Object.fromEntries(this.byPath) };
  }

  /** Counts from zero again; open requests stay counted as open. The log is kept. */
  reset(): void {
    this.requests = 0;
    this.peak = this.inFlight;
    this.byPath = new Map();
  }

  log({ after, limit, marker }: LogQuery): { total: number; kept: number; requests: LoggedRequest[] } {
    const oldest = Math.max(0, this.sequence - KEPT);
    const found: LoggedRequest[] = [];
    for (let sequence = Math.max(after, oldest); sequence < this.sequence && found.length < limit; sequence += 1) {
      const request = this.ring[sequence % KEPT];
      if (!request) continue;
      if (marker === undefined || request.requestId === marker || request.attempt === marker) found.push(request);
    }
    return { total: this.sequence, kept: this.ring.length, requests: found };
  }
}
