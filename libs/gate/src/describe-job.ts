import { estimatePromptTokens, type ResolvedModel } from '@switchyard/registry';
import type { Choice } from '@switchyard/selector';
import { newJobId, type JobPayload, type NewJob } from '@switchyard/jobs';
import type { Submission } from './gate.js';
import type { JobBody } from './native/parse-job.js';
import { planOf, writesText, type PricedTarget } from './plan-job.js';
import { type OutputCap } from './reservation.js';
import type { TrimMode } from './window/trim-text.js';

/** The header, and the key of `metadata`, that steer a simulator. */
const SIMULATE = 'x-simulate';

/** A parsed job at the model that was chosen for it, whose window holds it. */
export interface PlacedJob {
  readonly job: JobBody;
  readonly choice: Choice;
  readonly model: ResolvedModel;
  readonly cap: OutputCap;
  /** What went to make it fit. */
  readonly trimmed: { readonly mode: TrimMode; readonly tokens: number } | undefined;
}

/** What is admitted of a placed job. */
export function describeJob(
  submission: Submission,
  place: PlacedJob,
  targets: readonly [PricedTarget, ...PricedTarget[]],
): NewJob {
  const { job, choice } = place;
  const { reason, rule = null, balancer = null, task } = choice;
  const [{ model, priceId, reserve }] = targets;
  return {
    id: newJobId(),
    tenantId: submission.submitter.tenantId,
    keyId: submission.submitter.key.id,
    type: job.type,
    provider: model.provider,
    model: model.id,
    modelVersion: model.version,
    priceId,
    reserve,
    tokens: estimatePromptTokens(job.request) + (writesText(job) ? place.cap.tokens : 0),
    priority: job.priority,
    delayMs: Math.ceil(job.delaySeconds * 1_000),
    expiresMs: Math.ceil(job.expiresInSeconds * 1_000),
    timeoutMs: Math.ceil(job.timeoutSeconds * 1_000),
    retryOf: submission.retryOf ?? null,
    clientData: { metadata: job.metadata, userId: job.userId, task, choice: { reason, rule, loadBalancer: balancer } },
    plan: planOf(job, targets, submission.submitter.configuration.fallbackOn),
    payload: JSON.stringify(payloadOf(submission, place, targets)),
    ...(choice.experiment ? { experiment: choice.experiment } : {}),
  };
}

function payloadOf(submission: Submission, { job, trimmed }: PlacedJob, targets: readonly PricedTarget[]): JobPayload {
  const simulate = submission.simulate ?? job.metadata[SIMULATE];
  const simulates = targets.some(({ model }) => model.providerKind === 'simulator');
  return {
    version: 1,
    type: job.type,
    request: job.request,
    // Parsed before, so it is an object.
    submission: submission.body as Readonly<Record<string, unknown>>,
    ...(simulate !== undefined && simulates ? { simulate } : {}),
    ...(trimmed ? { metadata: { overflow: trimmed.mode, trimmedTokens: trimmed.tokens } } : {}),
  };
}
