import { nanoUsd, type NanoUsd } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';

/** An hour or a day of a lane and key whose rollup is not what its lines come to. */
export interface UsageFault {
  readonly span: 'hour' | 'day';
  readonly startsAt: Date;
  readonly provider: string | null;
  readonly model: string | null;
  readonly tenant: string | null;
  readonly key: string | null;
  /** By the lines, and by the rollup; where both are the same, other figures are not. */
  readonly requests: readonly [counted: number, rolled: number];
  readonly cost: readonly [counted: NanoUsd, rolled: NanoUsd];
}

/** What a check of the rollups has found. */
export interface UsageCheck {
  /** Hours and days, by lane and key, that were held against their lines. */
  readonly checked: number;
  readonly faulty: number;
  /** The first of them: at most 20. */
  readonly faults: readonly UsageFault[];
}

interface FaultRow {
  readonly span: 'hour' | 'day';
  readonly starts_at: string;
  readonly provider: string | null;
  readonly model: string | null;
  readonly tenant: string | null;
  readonly key: string | null;
  readonly requests: [number, number];
  readonly cost: [string, string];
}

const MOST_LISTED = 20;

/**
 * Holds the rollups of some hours, and of the days that lie in them wholly, against the lines of the ledger: each figure,
 * or the cost alone where retention has dropped the attempts. In one statement, so it may run while others settle and
 * fold.
 * @param from on the hour
 * @param to on the hour, exclusive
 */
export async function checkUsage(database: Database, from: Date, to: Date): Promise<UsageCheck> {
  const figures = sql`
    coalesce(sum(succeeded + failed + canceled), 0) as requests, coalesce(sum(cost_nano), 0) as cost,
    row (coalesce(sum(succeeded), 0), coalesce(sum(failed), 0), coalesce(sum(canceled), 0), coalesce(sum(estimated), 0),
         coalesce(sum(latency_ms), 0), coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0),
         coalesce(sum(cached_tokens), 0), coalesce(sum(reasoning_tokens), 0), coalesce(sum(images), 0),
         coalesce(sum(cost_nano), 0), coalesce(sum(booked_nano), 0))::text as figures`;
  const [row] = await database.query<{ checked: bigint; faulty: bigint; faults: FaultRow[] | null }>(sql`
    with spans as (
      select 'hour'::usage_span as span, ${from}::timestamptz as since, ${to}::timestamptz as until
      union all
      select span, since, until from usage_spans(${from}, ${to}) where span = 'day'
    ), lines as (
      select span, date_trunc(span::text, at, 'UTC') as starts_at, lane_id, key_id, bool_or(forgotten) as forgotten,
             ${figures}
        from settled_usage join spans on at >= since and at < until
       where at >= ${from} and at < ${to} group by 1, 2, 3, 4
    ), folded as (
      select span, starts_at, lane_id, key_id, succeeded, failed, canceled, estimated, latency_ms, prompt_tokens,
             completion_tokens, cached_tokens, reasoning_tokens, images, cost_nano, booked_nano
        from usage_rollups join spans using (span) where starts_at >= since and starts_at < until
      union all
      select span, date_trunc(span::text, at, 'UTC'), lane_id, key_id, succeeded, failed, canceled, estimated, latency_ms,
             prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens, images, cost_nano, booked_nano
        from pending_usage join spans on at >= since and at < until
    ), rollups as (
      select span, starts_at, lane_id, key_id, ${figures} from folded group by 1, 2, 3, 4
    ), pairs as (
      select span, starts_at, lane_id, key_id, coalesce(l.requests, 0) as counted, coalesce(r.requests, 0) as rolled,
             coalesce(l.cost, 0) as counted_cost, coalesce(r.cost, 0) as rolled_cost,
             l.cost is distinct from r.cost or not coalesce(l.forgotten, false) and l.figures is distinct from r.figures
               as faulty
        from lines l full join rollups r using (span, starts_at, lane_id, key_id)
    )
    select count(*) as checked, count(*) filter (where faulty) as faulty,
           (select json_agg(first) from (
              select span, starts_at, p.name as provider, lane.model, t.name as tenant, k.name as key,
                     array[counted, rolled] as requests, array[counted_cost::text, rolled_cost::text] as cost
                from pairs left join lanes lane on lane.id = lane_id left join providers p on p.id = lane.provider_id
                left join tenants t on t.id = lane.tenant_id left join keys k on k.id = key_id
               where faulty order by span, starts_at, lane_id, key_id limit ${MOST_LISTED}) as first) as faults
      from pairs`);
  return {
    checked: Number(row?.checked ?? 0),
    faulty: Number(row?.faulty ?? 0),
    faults: (row?.faults ?? []).map(readFault),
  };
}

/** A day, in UTC, that has usage: each as likely as any other. @returns undefined where there is none yet */
export async function sampleUsageDay(database: Database): Promise<Date | undefined> {
  const [row] = await database.query<{ day: Date }>(sql`
    select starts_at as day from (select distinct starts_at from usage_rollups where span = 'day') as days
     order by random() limit 1`);
  return row?.day;
}

function readFault(row: FaultRow): UsageFault {
  const { span, provider, model, tenant, key, requests } = row;
  const [counted, rolled] = row.cost;
  return {
    span,
    startsAt: new Date(row.starts_at),
    provider,
    model,
    tenant,
    key,
    requests,
    cost: [nanoUsd(BigInt(counted)), nanoUsd(BigInt(rolled))],
  };
}
