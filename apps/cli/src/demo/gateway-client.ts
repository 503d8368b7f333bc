import { StartError } from '@switchyard/config/launch';
import { TERMINAL_STATUSES } from '@switchyard/contract';

/** What the demo shows of a job. */
export interface DemoJob {
  readonly id: string;
  readonly status: string;
  readonly model: string;
  readonly ended: boolean;
  /** From submitting to the end; undefined while it runs. */
  readonly milliseconds: number | undefined;
  /** Dollars; undefined while it runs. */
  readonly cost: string | undefined;
  readonly content: string | undefined;
  readonly vectors: { readonly count: number; readonly dimensions: number } | undefined;
  readonly error: string | undefined;
}

const CALL_LIMIT_MS = 30_000;
const WAIT_SECONDS = 10;

/** The part of the HTTP API that the demo uses, as any client would. */
export class GatewayClient {
  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  /** @throws StartError with what the API answered */
  async submit(body: unknown, signal: AbortSignal): Promise<DemoJob> {
    return await this.#call('/v1/jobs', { method: 'POST', body: JSON.stringify(body) }, signal);
  }

  /** Waits until a job has ended. */
  async follow(id: string, signal: AbortSignal): Promise<DemoJob> {
    for (;;) {
      const job = await this.#call(`/v1/jobs/${id}?waitSeconds=${WAIT_SECONDS}`, {}, signal);
      if (job.ended) return job;
    }
  }

  async #call(path: string, request: RequestInit, signal: AbortSignal): Promise<DemoJob> {
    const response = await fetch(`${this.url}${path}`, {
      ...request,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_LIMIT_MS)]),
    });
    const body: unknown = await response.json();
    if (!response.ok) {
      const message = text(field(field(body, 'error'), 'message')) ?? 'no reason given';
      throw new StartError(`${request.method ?? 'GET'} ${path} answered ${response.status}: ${message}`);
    }
    return readJob(body);
  }
}

function readJob(body: unknown): DemoJob {
  const id = text(field(body, 'id'));
  const status = text(field(body, 'status'));
  if (id === undefined || status === undefined) throw new StartError('The API answered something that is no job.');
  const result = field(body, 'result');
  const embeddings = field(result, 'embeddings');
  const dimensions = field(result, 'dimensions');
  const finished = text(field(body, 'finishedAt'));
  return {
    id,
    status,
    model: text(field(body, 'model')) ?? '',
    ended: (TERMINAL_STATUSES as readonly string[]).includes(status),
    milliseconds:
      finished === undefined ? undefined : Date.parse(finished) - Date.parse(text(field(body, 'createdAt')) ?? ''),
    cost: text(field(field(body, 'cost'), 'actual')),
    content: text(field(result, 'content')),
    vectors:
      Array.isArray(embeddings) && typeof dimensions === 'number'
        ? { count: embeddings.length, dimensions }
        : undefined,
    error: text(field(field(body, 'error'), 'message')),
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
