import { estimatePromptTokens, type ResolvedModel } from '@switchyard/registry';
import type { Choice } from '@switchyard/selector';
import { newJobId, type JobPayload, type NewJob, type PlannedTarget } from '@switchyard/jobs';
import type { Submission } from './gate.js';
import type { JobBody } from './native/parse-job.js';
import { boundCost, type OutputCap } from './reservation.js';
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
export function describeJob(submission: Submission, place: PlacedJob): Omit<NewJob, 'priceId'> {
  const { job, choice, model, cap } = place;
  const { reason, rule = null, balancer = null, task } = choice;
  return {
    id: newJobId(),
    tenantId: submission.submitter.tenantId,
    keyId: submission.submitter.key.id,
    type: job.type,
    provider: model.provider,
    model: model.id,
    modelVersion: model.version,
    reserve: boundCost(job, model, cap),
    tokens: estimatePromptTokens(job.request) + (writesText(job) ? cap.tokens : 0),
    priority: job.priority,
    delayMs: Math.ceil(job.delaySeconds * 1_000),
    expiresMs: Math.ceil(job.expiresInSeconds * 1_000),
    timeoutMs: Math.ceil(job.timeoutSeconds * 1_000),
    retryOf: submission.retryOf ?? null,
    clientData: { metadata: job.metadata, userId: job.userId, task, choice: { reason, rule, loadBalancer: balancer } },
    payload: JSON.stringify(payloadOf(submission, place)),
  };
}

function payloadOf(submission: Submission, { job, model, cap, trimmed }: PlacedJob): JobPayload {
  const simulate = submission.simulate ?? job.metadata[SIMULATE];
  return {
    version: 1,
    type: job.type,
    request: job.request,
    plan: [plannedTarget(job, model, cap)],
    // Parsed before, so it is an object.
    submission: submission.body as Readonly<Record<string, unknown>>,
    ...(simulate !== undefined && model.providerKind === 'simulator' ? { headers: { [SIMULATE]: simulate } } : {}),
    ...(trimmed ? { metadata: { overflow: trimmed.mode, trimmedTokens: trimmed.tokens } } : {}),
    ...(cap.imposed && writesText(job) ? { warnings: [warningOfCap(cap)] } : {}),
  };
}

function plannedTarget(job: JobBody, model: ResolvedModel, cap: OutputCap): PlannedTarget {
  return {
    provider: model.provider,
    model: model.id,
    version: model.version,
    providerModel: model.providerModel,
    params: { ...model.params, ...(cap.sent !== undefined && writesText(job) ? { maxTokens: cap.sent } : {}) },
  };
}

function writesText({ type }: JobBody): boolean {
  return type === 'generation' || type === 'code';
}

function warningOfCap({ tokens }: OutputCap): string {
  return `maxTokens: ${tokens} was set, because a budget applies and neither the request nor the model names a bound`;
}
