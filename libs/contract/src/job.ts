import type { ErrorBody } from './errors.js';
import type { JobId } from './identifiers.js';
import type { JobType } from './kinds.js';
import type { JobResult, Usage } from './results.js';

export const JOB_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'canceled', 'expired'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export const TERMINAL_STATUSES = ['succeeded', 'failed', 'canceled', 'expired'] as const satisfies readonly JobStatus[];
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];

/** @returns true when a job in this state will not change again. */
export function isTerminal(status: JobStatus): status is TerminalStatus {
  return (TERMINAL_STATUSES as readonly JobStatus[]).includes(status);
}

/** How an attempt that started has ended; null while it runs. */
export type AttemptOutcome = 'succeeded' | 'failed' | 'canceled' | 'unknown' | null;

/** One paid try at one target, as the job shows it. */
export interface AttemptView {
  readonly number: number;
  readonly provider: string;
  readonly model: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly outcome: AttemptOutcome;
  readonly error: ErrorBody | null;
  readonly usage: Usage | null;
  /** Dollars; null while it runs. */
  readonly cost: string | null;
  /** True where the cost is what was reserved or counted by us, not what the vendor reported. */
  readonly estimated?: boolean;
}

/** A target of a job's plan, in the plan's order, and what became of it. */
export interface PlanTargetView {
  readonly provider: string;
  readonly model: string;
  readonly modelVersion: string | null;
  /**
   * `current`: the job is at it; `ahead`: the job goes on there if it leaves those before; `left`: it did, for `error`;
   * `unused`: the job ended before it came there; else how the job ended at it.
   */
  readonly status: 'current' | 'ahead' | 'left' | 'unused' | TerminalStatus;
  /** Why the job left it, or failed at it. */
  readonly error: ErrorBody | null;
}

/** What a queued job waits for. */
export interface WaitingView {
  readonly for: 'rate_limit' | 'budget' | 'fairness' | 'breaker' | 'paused' | 'worker' | 'delay';
  readonly detail: string;
  readonly ahead?: number;
  readonly expectedStart?: string;
  readonly latestStart?: string;
}

/** What kind of work a job is, and how hard: 0 to 1. */
export interface TaskView {
  readonly type: string;
  readonly complexity?: number;
}

/** Why a job has the model that it has. */
export interface ChoiceView {
  /** In words. */
  readonly reason: string;
  /** The routing rule that decided; null where none did. */
  readonly rule: string | null;
  /** The load balancer whose member it is; null where it is none's. */
  readonly loadBalancer: string | null;
}

/** A job as the native API answers it. */
export interface JobView {
  readonly id: JobId;
  readonly type: JobType;
  readonly status: JobStatus;
  readonly provider: string;
  readonly model: string;
  readonly modelVersion: string | null;
  /** What the client said the task is, or what it was taken for where the choice of a model asked; else null. */
  readonly task: TaskView | null;
  /** Null once it has been dropped with the request. */
  readonly choice: ChoiceView | null;
  /** The experiment that chose its model, and the arm that it drew. */
  readonly experiment: { readonly name: string; readonly arm: string } | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly cached: boolean;
  readonly priority: number;
  readonly waiting: WaitingView | null;
  readonly result: JobResult | null;
  readonly error: ErrorBody | null;
  readonly cost: { readonly estimated: string; readonly actual: string | null; readonly currency: 'USD' };
  readonly attempts: readonly AttemptView[];
  /** Where the job is tried, in this order; empty once that has been dropped with the request. */
  readonly plan: readonly PlanTargetView[];
  readonly userId: string | null;
  readonly retryOf: JobId | null;
  readonly metadata: Readonly<Record<string, string>>;
}
