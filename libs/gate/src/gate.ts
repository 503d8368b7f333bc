import type { JobId, JobView, ModelRequest, NanoUsd } from '@switchyard/contract';
import { costOf, imagePriceNames, openPriceDirectory, type PriceDirectory } from '@switchyard/budget';
import type { AppProcess, AuthenticatedKey } from '@switchyard/config';
import {
  newJobId,
  QueueLimit,
  viewAdmitted,
  type Admission,
  type AdmittedJob,
  type JobPayload,
  type PlannedTarget,
} from '@switchyard/jobs';
import { boundPromptTokens, type Registry, type ResolvedModel } from '@switchyard/registry';
import { chooseModel } from '@switchyard/selector';
import type { Counter } from '@switchyard/telemetry';
import { parseJob, type JobBody } from './native/parse-job.js';
import { permissionsOf } from './permissions.js';

/** Who submits, and for which tenant: their own, or the one that an admin key names. */
export interface Submitter {
  readonly key: AuthenticatedKey;
  readonly tenantId: number;
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
  /** Aborted when nobody waits for the answer any more: what has not been begun is left. */
  readonly signal?: AbortSignal;
}

/** The one way in: for the API, batches and schedules. */
export interface Gate {
  /**
   * Shape, choice, price, admission, in this order. Once it resolves the job is never lost.
   * @throws GatewayError for what the client can mend, or what the database raised.
   */
  submit(submission: Submission): Promise<JobView>;
}

/** Output that is reserved for where neither request nor model bounds it, in tokens. */
const UNBOUNDED_OUTPUT_TOKENS = 4096;
/** The dearest published image: gpt-image-1, 1024x1536 at high quality, takes 6,208 tokens. */
const TOKENS_PER_IMAGE_MADE = 6_208;
/** The header, and the key of `metadata`, that steer a simulator. */
const SIMULATE = 'x-simulate';

/** Opens the gate of one process. */
export function openGate(app: AppProcess, registry: Registry, admission: Admission): Gate {
  const prices = openPriceDirectory(app.database);
  const queueLimit = new QueueLimit(app.database, app.configuration.limits.maxQueuedPerTenant);
  const admitted = app.metrics.counter({
    name: 'switchyard_jobs_admitted_total',
    help: 'Jobs that were let in.',
    labels: ['type'],
  });
  return new NativeGate(registry, admission, prices, queueLimit, admitted);
}

class NativeGate implements Gate {
  constructor(
    private readonly registry: Registry,
    private readonly admission: Admission,
    private readonly prices: PriceDirectory,
    private readonly queueLimit: QueueLimit,
    private readonly admitted: Counter<'type'>,
  ) {}

  async submit(submission: Submission): Promise<JobView> {
    const { submitter } = submission;
    const job = parseJob(submission.body);
    const model = this.#choose(job, submitter.key);
    const payload = JSON.stringify(payloadOf(submission, job, model));
    const priceId = await this.prices.idOf(model.id, model.price);
    const admitted = {
      id: newJobId(),
      tenantId: submitter.tenantId,
      keyId: submitter.key.id,
      type: job.type,
      provider: model.provider,
      model: model.id,
      modelVersion: model.version,
      priceId,
      reserve: reservationFor(job, model),
      priority: job.priority,
      delayMs: Math.ceil(job.delaySeconds * 1_000),
      expiresMs: Math.ceil(job.expiresInSeconds * 1_000),
      timeoutMs: Math.ceil(job.timeoutSeconds * 1_000),
      retryOf: submission.retryOf ?? null,
      clientData: { metadata: job.metadata, userId: job.userId, task: job.task },
      payload,
    };
    const admit = async (): Promise<AdmittedJob> => await this.admission.admit(admitted, submission.signal);
    const view = viewAdmitted(admitted, await this.queueLimit.letIn(submitter.tenantId, admit));
    this.admitted.add({ type: job.type });
    return view;
  }

  #choose({ type, request, selection }: JobBody, key: AuthenticatedKey): ResolvedModel {
    const permissions = permissionsOf(key, this.registry);
    return chooseModel({ type, request, selection }, this.registry, { permissions }).targets[0];
  }
}

function payloadOf(submission: Submission, job: JobBody, model: ResolvedModel): JobPayload {
  const simulate = submission.simulate ?? job.metadata[SIMULATE];
  return {
    version: 1,
    type: job.type,
    request: job.request,
    plan: [plannedTarget(job, model)],
    // Parsed above, so it is an object.
    submission: submission.body as Readonly<Record<string, unknown>>,
    ...(simulate !== undefined && model.providerKind === 'simulator' ? { headers: { [SIMULATE]: simulate } } : {}),
  };
}

function plannedTarget(job: JobBody, model: ResolvedModel): PlannedTarget {
  const writesText = job.type === 'generation' || job.type === 'code';
  const cap = writesText && model.defaultMaxTokens !== undefined ? { maxTokens: model.defaultMaxTokens } : {};
  return {
    provider: model.provider,
    model: model.id,
    version: model.version,
    providerModel: model.providerModel,
    params: { ...cap, ...model.params },
  };
}

/** An upper bound of what one attempt can cost: the prompt's bytes bound its tokens. */
function reservationFor({ type, request }: JobBody, model: ResolvedModel): NanoUsd {
  const images = type === 'image' ? (request.n ?? 1) : 0;
  const writesText = type === 'generation' || type === 'code';
  return costOf(
    {
      inputTokens: boundPromptTokens(request),
      outputTokens: writesText ? outputBound(request, model) : images * TOKENS_PER_IMAGE_MADE,
      images,
      imagePriceNames: imagePriceNames(request),
    },
    model.price,
  );
}

function outputBound(request: ModelRequest, model: ResolvedModel): number {
  const unbounded = Math.min(model.maxOutputTokens ?? UNBOUNDED_OUTPUT_TOKENS, UNBOUNDED_OUTPUT_TOKENS);
  return request.maxTokens ?? model.defaultMaxTokens ?? unbounded;
}
