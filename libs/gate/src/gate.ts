import {
  GatewayError,
  type BudgetRefusal,
  type JobId,
  type JobView,
  type NanoUsd,
  type RateState,
} from '@switchyard/contract';
import { openPriceDirectory, refusalError, type PriceDirectory } from '@switchyard/budget';
import type { AppProcess, AuthenticatedKey, Configuration } from '@switchyard/config';
import {
  findReplay,
  QueueLimit,
  viewAdmitted,
  type Admission,
  type AdmissionVerdict,
  type Idempotency,
  type MeasurementWatch,
  type NewJob,
} from '@switchyard/jobs';
import type { ResolvedModel } from '@switchyard/registry';
import type { Counter } from '@switchyard/telemetry';
import { keyReused, readIdempotency } from './idempotency.js';
import { parseJob, type JobBody } from './native/parse-job.js';
import { permissionsOf } from './permissions.js';
import { describeJob, type PlacedJob } from './describe-job.js';
import { Placement } from './placement.js';
import { countTargets, planOf, targetsOf } from './plan-job.js';
import { boundCost, countCost, type OutputCap } from './reservation.js';
import { priceRoute, type Route } from './route-job.js';
import { routingOf } from './routing-of.js';
import { refuseUnsafeContent } from './unsafe-content.js';

/** Who submits, and for which tenant: their own, or the one that an admin key names. */
export interface Submitter {
  readonly key: AuthenticatedKey;
  readonly tenantId: number;
  /** The name of that tenant. */
  readonly tenant: string;
  /** What was in force when the key was let in, and holds for the whole request. */
  readonly configuration: Configuration;
}

/** A job on its way in. */
export interface Submission {
  /** A native job body, unparsed. */
  readonly body: unknown;
  readonly submitter: Submitter;
  /** The header `x-simulate`: how a simulator shall behave. */
  readonly simulate?: string;
  /** The job that this one repeats. */
  readonly retryOf?: JobId;
  /** The header `Idempotency-Key`, the method and path that it came to, and the body, where the job was made from it. */
  readonly idempotency?: { readonly key: string; readonly route: string; readonly body?: unknown };
  /** Aborted when nobody waits for the answer any more: what has not been begun is left. */
  readonly signal?: AbortSignal;
}

/** A job that was let in, or the one that the same request made before. */
export type Submitted =
  | { readonly replayed: false; readonly job: JobView; readonly rates: readonly RateState[] }
  | { readonly replayed: true; readonly id: JobId };

/** The one way in: for the API, batches and schedules. */
export interface Gate {
  /**
   * Shape, choice, window, price, admission, in this order. Once it resolves the job is never lost.
   * @throws GatewayError for what the client can mend, or what the database raised.
   */
  submit(submission: Submission): Promise<Submitted>;
  /** What one attempt of a job would reserve, without admitting it. @throws GatewayError as `submit` does. */
  estimate(submission: Question): Promise<Estimate>;
  /**
   * What would be chosen for a job and why, without choosing it.
   * @throws GatewayError for a body that is no job, and for names of nothing
   */
  route(submission: Question): Promise<Route>;
}

/** A job's model, and its cost: bounded at first, then counted where that can be done. */
export interface Estimate {
  readonly model: string;
  readonly costs: AsyncIterable<NanoUsd>;
}

/** A job that is only asked about. */
type Question = Pick<Submission, 'body' | 'submitter' | 'signal'>;

/** Opens the gate of one process. */
export function openGate(app: AppProcess, admission: Admission, measured: MeasurementWatch): Gate {
  return new NativeGate(app, admission, measured);
}

class NativeGate implements Gate {
  readonly #prices: PriceDirectory;
  readonly #queueLimit: QueueLimit;
  readonly #admitted: Counter<'type'>;
  readonly #placement: Placement;

  constructor(
    private readonly app: AppProcess,
    private readonly admission: Admission,
    measured: MeasurementWatch,
  ) {
    this.#prices = openPriceDirectory(app.database);
    this.#placement = new Placement(measured);
    this.#admitted = app.metrics.counter({
      name: 'switchyard_jobs_admitted_total',
      help: 'Jobs that were let in.',
      labels: ['type'],
    });
    this.#queueLimit = new QueueLimit(app.database, app.configuration.current.limits.maxQueuedPerTenant);
  }

  async submit(submission: Submission): Promise<Submitted> {
    const idempotency = idempotencyOf(submission);
    if (!idempotency) return await this.#submit(submission);
    try {
      return await this.#submit(submission, idempotency);
    } catch (error) {
      if (!(error instanceof GatewayError) || submission.signal?.aborted === true) throw error;
      // The admission knows a repeated request. What it never came to see is looked up before it is refused, so that
      // such a request finds its job whatever has become of its model or its tenant's limit since.
      const replay = await findReplay(this.app.database, submission.submitter.tenantId, idempotency);
      if (!replay) throw error;
      if (replay.verdict === 'reused') throw keyReused();
      return { replayed: true, id: replay.id };
    }
  }

  async #submit(submission: Submission, idempotency?: Idempotency): Promise<Submitted> {
    const { tenantId } = submission.submitter;
    const parsed = parseJob(submission.body);
    const { submitter, signal } = submission;
    const place = await this.#placement.place({ job: parsed, submitter, signal }, true);
    const { job } = place;
    const targets = await this.#plan(place, submission);
    const admitted: NewJob = {
      ...describeJob(submission, place, targets),
      ...(idempotency ? { idempotency } : {}),
    };
    const recount = async (): Promise<NewJob> => {
      const counted = await countTargets(job, targets, signal);
      const plan = planOf(job, counted, submitter.configuration.fallbackOn);
      return { ...admitted, reserve: counted[0].reserve, plan };
    };
    const verdict = await this.#queueLimit.letIn(tenantId, () => this.#admit(admitted, recount, submission.signal));
    switch (verdict.verdict) {
      case 'admitted':
        this.#admitted.add({ type: job.type });
        return { replayed: false, job: viewAdmitted(admitted, verdict.job), rates: verdict.job.rates };
      case 'replayed':
        return { replayed: true, id: verdict.id };
      case 'reused':
        throw keyReused();
      case 'limited':
        throw refusedByLimit(verdict);
      case 'refused':
      case 'recount':
        throw refusedByBudget(verdict.refusal);
    }
  }

  async estimate({ body, submitter, signal }: Question): Promise<Estimate> {
    const place = await this.#placement.place({ job: parseJob(body), submitter, signal }, false);
    return { model: place.model.id, costs: costsOf(place.job, place.model, place.cap, signal) };
  }

  async route({ body, submitter, signal }: Question): Promise<Route> {
    const job = parseJob(body);
    const explanation = await this.#placement.explain({ job, submitter, signal });
    const capOf = (model: ResolvedModel): OutputCap => this.#placement.capOf(job, submitter, model);
    return await priceRoute({ job, submitter, explanation, capOf, database: this.app.database, signal });
  }

  /** Bytes bound tokens from above; only where a budget has no room for that bound are they counted, which takes longer. */
  async #admit(
    job: NewJob,
    recount: () => Promise<NewJob>,
    signal: AbortSignal | undefined,
  ): Promise<AdmissionVerdict> {
    const bounded = await this.admission.admit({ ...job, mayRecount: true }, signal);
    if (bounded.verdict !== 'recount') return bounded;
    return await this.admission.admit(await recount(), signal);
  }

  #plan(place: PlacedJob, { submitter, signal }: Submission): ReturnType<typeof targetsOf> {
    const { registry } = routingOf(submitter.configuration);
    return targetsOf(place, {
      registry,
      permissions: permissionsOf(submitter.key, registry),
      fallbackOn: submitter.configuration.fallbackOn,
      capOf: (model) => this.#placement.capOf(place.job, submitter, model),
      priceIdOf: (model) => this.#prices.idOf(model.id, model.price),
      signal,
    });
  }
}

/** The body must be known to be safe before it is walked for its digest, and well formed only after its key was looked up. */
function idempotencyOf({ body, idempotency }: Submission): Idempotency | undefined {
  if (!idempotency) return undefined;
  const came = idempotency.body ?? body;
  refuseUnsafeContent(came);
  return readIdempotency(idempotency.key, idempotency.route, came);
}

async function* costsOf(
  job: JobBody,
  model: ResolvedModel,
  cap: OutputCap,
  signal: AbortSignal | undefined,
): AsyncGenerator<NanoUsd> {
  yield boundCost(job, model, cap);
  const counted = await countCost(job, model, cap, signal);
  if (counted !== undefined) yield counted;
}

function refusedByLimit({ limit, waitMs, rates }: AdmissionVerdict & { readonly verdict: 'limited' }): GatewayError {
  const seconds = Math.max(Math.ceil(waitMs / 1_000), 1);
  const message = `The limit ${limit} has no room for this request. Send it again in ${seconds} s.`;
  return new GatewayError('rate_limit_error', message, { code: 'rate_limited', retryAfterSeconds: seconds, rates });
}

function refusedByBudget(refusal: BudgetRefusal): GatewayError {
  const { type, message } = refusalError(refusal);
  return new GatewayError(type, message, { budget: refusal.budget, resetsAt: refusal.resetsAt.toISOString() });
}
