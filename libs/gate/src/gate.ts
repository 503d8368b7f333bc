import {
  budgetApplies,
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
  type NewJob,
} from '@switchyard/jobs';
import type { ResolvedModel } from '@switchyard/registry';
import { chooseModel, Turns, type Choice, type NeededWindow } from '@switchyard/selector';
import type { Counter } from '@switchyard/telemetry';
import { keyReused, readIdempotency } from './idempotency.js';
import { nameAsSent } from './native/name-as-sent.js';
import { parseJob, type JobBody } from './native/parse-job.js';
import { permissionsOf } from './permissions.js';
import { describeJob, type PlacedJob } from './describe-job.js';
import { boundCost, countCost, outputCap, type OutputCap } from './reservation.js';
import { routingOf } from './routing-of.js';
import { refuseUnsafeContent } from './unsafe-content.js';
import { fitWindow } from './window/fit-window.js';

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
  estimate(submission: Pick<Submission, 'body' | 'submitter' | 'signal'>): Promise<Estimate>;
}

/** A job's model, and its cost: bounded at first, then counted where that can be done. */
export interface Estimate {
  readonly model: string;
  readonly costs: AsyncIterable<NanoUsd>;
}

/** Opens the gate of one process. */
export function openGate(app: AppProcess, admission: Admission): Gate {
  return new NativeGate(app, admission);
}

class NativeGate implements Gate {
  readonly #prices: PriceDirectory;
  readonly #queueLimit: QueueLimit;
  readonly #admitted: Counter<'type'>;
  readonly #turns = new Turns();

  constructor(
    private readonly app: AppProcess,
    private readonly admission: Admission,
  ) {
    this.#prices = openPriceDirectory(app.database);
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
    const choose = (needed?: NeededWindow): Choice => {
      const choice = this.#choose(parsed, submission.submitter, needed);
      choice.take?.();
      return choice;
    };
    const place = await this.#place(parsed, submission.submitter, choose, submission.signal);
    const { job, model, cap } = place;
    const admitted: NewJob = {
      ...describeJob(submission, place),
      priceId: await this.#prices.idOf(model.id, model.price),
      ...(idempotency ? { idempotency } : {}),
    };
    const count = async (): Promise<NanoUsd | undefined> => await countCost(job, model, cap, submission.signal);
    const verdict = await this.#queueLimit.letIn(tenantId, () => this.#admit(admitted, count, submission.signal));
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

  async estimate({ body, submitter, signal }: Pick<Submission, 'body' | 'submitter' | 'signal'>): Promise<Estimate> {
    const parsed = parseJob(body);
    const choose = (needed?: NeededWindow): Choice => this.#choose(parsed, submitter, needed);
    const { job, model, cap } = await this.#place(parsed, submitter, choose, signal);
    return { model: model.id, costs: costsOf(job, model, cap, signal) };
  }

  /** Chooses a model whose window holds the request, or to whose window it may be trimmed. */
  async #place(
    parsed: JobBody,
    submitter: Submitter,
    choose: (needed?: NeededWindow) => Choice,
    signal: AbortSignal | undefined,
  ): Promise<PlacedJob> {
    let needed: NeededWindow | undefined;
    for (;;) {
      const choice = choose(needed);
      const [model] = choice.targets;
      const cap = outputCap(parsed.request, model, this.#blocks(submitter, model));
      const fit = await fitWindow(parsed, model, cap, signal);
      if (fit.fits) {
        return { job: { ...parsed, request: fit.request }, choice, model, cap: fit.cap, trimmed: fit.trimmed };
      }
      // More than that model has: the next choice has a larger window, or refuses with these numbers.
      needed = fit.needs;
    }
  }

  /** Bytes bound tokens from above; only where a budget has no room for that bound are they counted, which takes longer. */
  async #admit(
    job: NewJob,
    count: () => Promise<NanoUsd | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<AdmissionVerdict> {
    const bounded = await this.admission.admit({ ...job, mayRecount: true }, signal);
    if (bounded.verdict !== 'recount') return bounded;
    return await this.admission.admit({ ...job, reserve: (await count()) ?? job.reserve }, signal);
  }

  #choose(job: JobBody, submitter: Submitter, needed?: NeededWindow): Choice {
    const { key, tenant, configuration } = submitter;
    const routing = routingOf(configuration);
    const permissions = permissionsOf(key, routing.registry);
    const context = { permissions, tenant, now: new Date(), turns: this.#turns, measurements: new Map() };
    try {
      return chooseModel({ ...job, needed }, routing, context);
    } catch (error) {
      throw nameAsSent(error, job);
    }
  }

  /** Whether a budget may hold the request back: then its cost must be bounded. */
  #blocks({ key, tenant, configuration }: Submitter, model: ResolvedModel): boolean {
    const scope = { tenant, key: key.name, model: model.id };
    return configuration.budgets.some((budget) => budget.rule !== 'warn' && budgetApplies(budget, scope));
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
