import { readRefusal, refusalError } from '@switchyard/budget';
import {
  formatUsd,
  jobIdFromUuid,
  nanoUsd,
  type AttemptOutcome,
  type AttemptView,
  type ErrorBody,
  type JobResult,
  type JobStatus,
  type JobView,
  type Usage,
  type WaitingView,
} from '@switchyard/contract';
import type { AdmittedJob, NewJob } from './admit-jobs.js';
import type { AttemptRow, JobRow } from './job-rows.js';
import { readResult } from './stored-result.js';
import type { AttemptState } from './transitions.js';
import { viewPlan } from './view-plan.js';

/** A job and the tenant that may see it. */
export interface OwnedJob {
  readonly tenantId: number;
  readonly job: JobView;
  /** The vendor's own answer as JSON, where it was asked for and kept. */
  readonly raw: string | null;
  /** Bytes of a result that was left out because it is large; 0 where none was. */
  readonly leftOutBytes: number;
}

/** Shows a row as the native API does. */
export function viewJob(row: JobRow): OwnedJob {
  const status: JobStatus = row.outcome ?? (row.running ? 'running' : 'queued');
  const job: JobView = {
    id: jobIdFromUuid(row.id),
    type: row.type,
    status,
    provider: row.provider,
    model: row.model,
    modelVersion: row.model_version,
    task: row.client_data?.task ?? null,
    choice: row.client_data?.choice ?? null,
    experiment: row.experiment === null || row.arm === null ? null : { name: row.experiment, arm: row.arm },
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    cached: false,
    priority: row.priority,
    waiting: status === 'queued' ? viewWaiting(row) : null,
    result: viewResult(row),
    error: viewError(row.error),
    cost: {
      estimated: formatUsd(nanoUsd(row.estimated_nano)),
      actual: row.actual_nano === null ? null : formatUsd(nanoUsd(row.actual_nano)),
      currency: 'USD',
    },
    attempts: (row.attempts ?? []).map(viewAttempt),
    plan: viewPlan({
      targets: row.plan ?? [],
      moves: row.moves ?? [],
      outcome: row.outcome,
      error: viewError(row.error),
    }),
    userId: row.client_data?.userId ?? null,
    retryOf: row.retry_of === null ? null : jobIdFromUuid(row.retry_of),
    metadata: row.client_data?.metadata ?? {},
  };
  const leftOutBytes = row.result_body === null ? (row.result_bytes ?? 0) : 0;
  return { tenantId: row.tenant_id, job, raw: row.raw, leftOutBytes };
}

/** Shows a job at its admission, without reading it back. */
export function viewAdmitted(job: NewJob, { createdAt, waitsFor }: AdmittedJob): JobView {
  const readyAt = new Date(createdAt.getTime() + job.delayMs);
  return {
    id: job.id,
    type: job.type,
    status: 'queued',
    provider: job.provider,
    model: job.model,
    modelVersion: job.modelVersion,
    task: job.clientData.task,
    choice: job.clientData.choice ?? null,
    experiment: job.experiment ? { name: job.experiment.name, arm: job.experiment.arm } : null,
    createdAt: createdAt.toISOString(),
    startedAt: null,
    finishedAt: null,
    cached: false,
    priority: job.priority,
    waiting: waitsFor
      ? waitingForBudget(waitsFor.budget)
      : job.delayMs > 0
        ? waitingForDelay(readyAt, false)
        : waitingForWorker(job.provider),
    result: null,
    error: null,
    cost: { estimated: formatUsd(job.reserve), actual: null, currency: 'USD' },
    attempts: [],
    plan: viewPlan({ targets: job.plan.targets, moves: [], outcome: null, error: null }),
    userId: job.clientData.userId,
    retryOf: job.retryOf,
    metadata: job.clientData.metadata,
  };
}

function viewResult(row: JobRow): JobResult | null {
  return row.result_body === null ? null : readResult(row.type, row.result_body, row.result_vectors);
}

/** A refusal by a budget is stored as what it says, not as its words. */
function viewError(error: JobRow['error']): ErrorBody | null {
  if (error === null || !('refusal' in error)) return error;
  return refusalError(readRefusal(error.refusal));
}

function viewWaiting(row: JobRow): WaitingView {
  if (row.waits_for_budget !== null) return waitingForBudget(row.waits_for_budget);
  if (row.parked === true && row.ready_at) return waitingForDelay(row.ready_at, row.started_at !== null);
  return waitingForWorker(row.provider);
}

function waitingForDelay(readyAt: Date, started: boolean): WaitingView {
  const detail = started ? 'the next attempt, after a backoff' : 'its delay';
  return { for: 'delay', detail, expectedStart: readyAt.toISOString() };
}

function waitingForBudget(budget: string): WaitingView {
  return { for: 'budget', detail: `room in the budget ${budget}` };
}

function waitingForWorker(provider: string): WaitingView {
  return { for: 'worker', detail: `a free worker of ${provider}` };
}

const OUTCOME_OF_STATE = {
  reserved: null,
  started: null,
  released: null,
  succeeded: 'succeeded',
  failed: 'failed',
  canceled: 'canceled',
  unknown: 'unknown',
} as const satisfies Record<AttemptState, AttemptOutcome>;

function viewAttempt(row: AttemptRow): AttemptView {
  return {
    number: row.number,
    provider: row.provider,
    model: row.model,
    startedAt: new Date(row.started_at).toISOString(),
    finishedAt: row.finished_at === null ? null : new Date(row.finished_at).toISOString(),
    outcome: OUTCOME_OF_STATE[row.state],
    error: row.error,
    usage: viewUsage(row),
    cost: row.cost_nano === null ? null : formatUsd(nanoUsd(BigInt(row.cost_nano))),
    ...(row.estimated ? { estimated: true } : {}),
  };
}

function viewUsage(row: AttemptRow): Usage | null {
  if (row.prompt_tokens === null && row.images === null) return null;
  const promptTokens = row.prompt_tokens ?? 0;
  const completionTokens = row.completion_tokens ?? 0;
  return {
    promptTokens,
    completionTokens,
    totalTokens: promptTokens + completionTokens,
    ...(row.cached_tokens === null ? {} : { cachedPromptTokens: row.cached_tokens }),
    ...(row.reasoning_tokens === null ? {} : { reasoningTokens: row.reasoning_tokens }),
    ...(row.images === null ? {} : { images: row.images }),
  };
}
