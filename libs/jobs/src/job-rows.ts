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
  readonly client_data: Partial<ClientData> | null;
  readonly result_body: string | null;
  readonly result_vectors: Uint8Array | null;
  readonly raw: string | null;
}

/** Why a budget ended a job. */
export interface StoredRefusal {
  readonly type: 'budget_exceeded';
  readonly refusal: unknown;
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
 * Reads whole jobs for the ids that `chosen` selects (a query with a column `id`); in no order.
 * Each row is looked up by index, whatever the planner thinks of the tables' sizes: `limit 1` keeps a lookup from being
 * made a join, which would read all of a table that has grown since. The day in the job's row leads to one partition.
 */
export function selectJobs(chosen: SqlStatement, detail: ResultDetail = {}): SqlStatement {
  const limit = detail.maxBytes ?? 2 ** 31 - 1;
  return sql`
    select j.id, j.tenant_id, j.type, place.provider, place.model, coalesce(live.model_version, j.model_version) as model_version,
           j.priority, j.created_at, (extract(epoch from j.created_at) * 1000000)::bigint as created_micros, j.outcome,
           live.worker_id is not null as running, coalesce(live.started_at, j.started_at) as started_at, j.finished_at,
           j.estimated_nano, j.actual_nano, j.retry_of, j.error, live.parked, live.ready_at,
           (select b.name from budget_windows w, budgets b where w.id = live.waits_for_window and b.id = w.budget_id) as waits_for_budget,
           tries.attempts,
           stored.client_data, result.body as result_body, result.vectors as result_vectors,
           ${detail.raw === true ? sql`result.raw` : sql`null::text`} as raw
      from (${chosen}) as chosen
     cross join lateral (select * from jobs where jobs.id = chosen.id limit 1) j
      left join lateral (select * from live_jobs where live_jobs.job_id = chosen.id limit 1) live on true
     cross join lateral (${placeOf(sql`coalesce(live.lane_id, j.lane_id)`)}) place
      left join lateral (
        select p.client_data from job_payloads p where p.day = j.payload_day and p.job_id = j.id limit 1
      ) stored on true
      left join lateral (
        select r.body, r.vectors, r.raw from job_results r
         where r.day = j.payload_day and r.job_id = j.id and r.epoch = j.result_epoch
           and octet_length(r.body) + coalesce(octet_length(r.vectors), 0) <= ${limit}
         limit 1
      ) result on true
      left join lateral (
        select json_agg(json_build_object(
                 'number', a.number, 'state', a.state, 'provider', tried.provider, 'model', tried.model,
                 'started_at', a.started_at, 'finished_at', a.finished_at, 'cost_nano', a.cost_nano::text,
                 'estimated', a.estimated, 'prompt_tokens', a.prompt_tokens, 'completion_tokens', a.completion_tokens,
                 'cached_tokens', a.cached_tokens, 'reasoning_tokens', a.reasoning_tokens, 'images', a.images,
                 'error', a.error) order by a.number) as attempts
          from attempts a cross join lateral (${placeOf(sql`a.lane_id`)}) tried
         where a.job_id = j.id and a.started_at is not null
      ) tries on true`;
}

function placeOf(laneId: SqlStatement): SqlStatement {
  return sql`
    select lane.model, (select p.name from providers p where p.id = lane.provider_id) as provider
      from lanes lane where lane.id = ${laneId} limit 1`;
}
