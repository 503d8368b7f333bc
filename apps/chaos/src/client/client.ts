import type { Chance } from '../schedule/chance.js';
import type { Actor } from '../stage/actor.js';
import { KEYS } from '../stage/configuration.js';
import { ClientLog, isAdmitted, type CancelRequest, type Submission } from './client-log.js';
import { httpCall, textField, type HttpCall, type HttpOutcome } from './http-call.js';
import { kindOf, type JobKindName } from './job-kinds.js';

/** What may be asked besides the kind of a job. */
interface SubmitOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Asked there and nowhere else; default: one of the two, and the other where nobody listens. */
  readonly at?: Actor;
  readonly marker?: string;
  /** Default: that of acme. */
  readonly key?: string;
  /** In the place of the kind's own. */
  readonly modelId?: string;
}

/** A client of both APIs that keeps a log of all that it is told. */
export class Client {
  readonly log = new ClientLog();
  #submitted = 0;

  constructor(
    private readonly apis: readonly [Actor, Actor],
    private readonly chance: Chance,
  ) {}

  async submit(kind: JobKindName, options: SubmitOptions = {}): Promise<Submission> {
    this.#submitted += 1;
    const marker = options.marker ?? `chaos-${this.#submitted}`;
    const { body, headers } = kindOf(kind);
    return await this.#send(marker, kind, options.at, {
      path: '/v1/jobs',
      key: options.key ?? KEYS.acme,
      body: {
        ...body(`Call ${marker}.`, this.chance),
        ...(options.modelId === undefined ? {} : { selection: { modelId: options.modelId } }),
        metadata: { chaos: marker },
      },
      headers: { ...headers, ...options.headers },
    });
  }

  /** Submits a job again that did not succeed. */
  async retry(first: Submission): Promise<Submission> {
    const path = `/v1/jobs/${first.jobId}/retry`;
    return await this.#send(first.marker, first.kind, undefined, { path, key: KEYS.acme });
  }

  async cancel(jobId: string, key: string = KEYS.acme): Promise<CancelRequest> {
    const sentAt = Date.now();
    const outcome = await this.ask({ method: 'POST', path: `/v1/jobs/${jobId}/cancel`, key });
    const request = { jobId, sentAt, outcome };
    this.log.addCancel(request);
    return request;
  }

  /** Reads a job, and holds until it has ended. */
  async read(jobId: string, waitSeconds = 0): Promise<HttpOutcome> {
    return await this.ask({ method: 'GET', path: `/v1/jobs/${jobId}?waitSeconds=${waitSeconds}`, key: KEYS.acme });
  }

  /** Asks one of the APIs, and the other where nobody listens at the first, as a load balancer does. */
  async ask({
    path,
    at,
    ...call
  }: Omit<HttpCall, 'url'> & { readonly path: string; readonly at?: Actor | undefined }): Promise<HttpOutcome> {
    const [first, second] = this.chance.next() < 0.5 ? this.apis : this.apis.toReversed();
    let outcome: HttpOutcome = { kind: 'unsent' };
    for (const api of at ? [at] : [first, second]) {
      if (api && outcome.kind === 'unsent') outcome = await httpCall({ ...call, url: `${api.url}${path}` });
    }
    return outcome;
  }

  async #send(
    marker: string,
    kind: JobKindName,
    at: Actor | undefined,
    call: Pick<HttpCall, 'body' | 'headers' | 'key'> & { readonly path: string },
  ): Promise<Submission> {
    const sentAt = Date.now();
    const outcome = await this.ask({ method: 'POST', at, ...call });
    const told = { marker, kind, sentAt, outcome, jobId: undefined };
    const submission = outcome.kind === 'answered' && isAdmitted(told) ? { ...told, ...promiseOf(outcome) } : told;
    this.log.addSubmission(submission);
    return submission;
  }
}

function promiseOf({
  body,
  headers,
}: Extract<HttpOutcome, { readonly kind: 'answered' }>): Pick<Submission, 'jobId' | 'replayed'> {
  const jobId = textField(body, 'id');
  return headers['idempotent-replayed'] === 'true' ? { jobId, replayed: true } : { jobId };
}
