import type { ErrorBody, JobType, TerminalStatus } from '@switchyard/contract';
import { sql, type SqlStatement } from '@switchyard/database';
import type { ClientData } from './admit-jobs.js';
import type { AttemptState } from './transitions.js';

/** One job with everything that its view shows, as the database answers it. */
export interface JobRow {
  readonly id: string;
  readonly tenant_id: number;
  readonly type: JobType;
  readonly provider: string;
  readonly model: string;
  readonly model_version: string | null;
  readonly priority: number;
  readonly created_at: Date;
  /** Microseconds since 1970, for cursors: a Date only knows milliseconds. */
  readonly created_micros: bigint;
  readonly outcome: TerminalStatus | null;
  readonly running: boolean;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly estimated_nano: bigint;
  readonly actual_nano: bigint | null;
  readonly retry_of: string | null;
  readonly error: ErrorBody | StoredRefusal | null;
  readonly parked: boolean | null;
  readonly ready_at: Date | null;
  /** The budget that has no room for its next attempt. */
  readonly waits_for_budget: string | null;
  readonly attempts: readonly AttemptRow[] | null;
  /** The targets of its plan; null once that has been dropped with what it was asked. */
  readonly plan: readonly TargetRow[] | null;
  /** Why it left each target so far, in their order. */
  readonly moves: readonly (ErrorBody | null)[] | null;
  readonly client_data: Partial<ClientData> | null;
  readonly experiment: string | null;
  readonly arm: string | null;
  /** Of the result, left out or not; null where there is none. */
  readonly result_bytes: number | null;
  readonly result_body: string | null;
  readonly result_vectors: Uint8Array | null;
  readonly raw: string | null;
}

/** Why a budget ended a job. */
export interface StoredRefusal {
  readonly type: 'budget_exceeded';
  readonly refusal: unknown;
}

/** A target of a job's plan inside {@link JobRow}. */
export interface TargetRow {
  readonly provider: string;
  readonly model: string;
  readonly version: string | null;
}

/** An attempt inside {@link JobRow}; amounts are text, because JSON has no exact integers of that size. */
export interface AttemptRow {
  readonly number: number;
  readonly state: AttemptState;
  readonly provider: string;
  readonly model: string;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly cost_nano: string | null;
  readonly estimated: boolean;
  readonly prompt_tokens: number | null;
  readonly completion_tokens: number | null;
  readonly cached_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly images: number | null;
  readonly error: ErrorBody | null;
}

/** How much of a result a reader wants: all of it, only what is small, and whether the vendor's own answer too. */
export interface ResultDetail {
  /** Larger results are left out. Default: no limit. */
  readonly maxBytes?: number;
  readonly raw?: boolean;
}

/**
 * Reads jobs with everything that their view shows, in no order.
 * @param ids An expression of the type `uuid[]`.
 * @returns a statement whose rows are {@link JobRow}s.
 */
export function selectJobs(
  ids: SqlStatement,
  { maxBytes = 2 ** 31 - 1, raw = false }: ResultDetail = {},
): SqlStatement {
  return sql`select * from read_jobs(${ids}, ${maxBytes}, ${raw})`;
}
