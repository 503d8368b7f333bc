import { nanoUsd, type NanoUsd } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';

/** An hour, day or month of a lane and key whose rollup is not what its lines come to, or a month's not what its days do. */
export interface UsageFault {
  readonly span: 'hour' | 'day' | 'month';
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
  /** Hours, days and months, by lane and key, that were looked at. */
  readonly checked: number;
  readonly faulty: number;
  /** The first of them: at most 20. */
  readonly faults: readonly UsageFault[];
}

interface FaultRow {
  readonly span: 'hour' | 'day' | 'month';
  readonly starts_at: string;
  readonly provider: string | null;
  readonly model: string | null;
  readonly tenant: string | null;
  readonly key: string | null;
  readonly requests: [number, number];
  readonly cost: [string, string];
}

const MOST_LISTED = 20;

/** What a rollup and a delta have in common. */
const FIGURES = sql`
  succeeded, failed, canceled, estimated, latency_ms, prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens,
  images, cost_nano, booked_nano`;

const MEASURED = sql`(select sum(times) from unnest(latency_counts) as times) as measured`;

const SUMS = sql`
  coalesce(sum(succeeded + failed + canceled), 0) as requests, coalesce(sum(cost_nano), 0) as cost,
  row (coalesce(sum(succeeded), 0), coalesce(sum(failed), 0), coalesce(sum(canceled), 0), coalesce(sum(estimated), 0),
       coalesce(sum(latency_ms), 0), coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0),
       coalesce(sum(cached_tokens), 0), coalesce(sum(reasoning_tokens), 0), coalesce(sum(images), 0),
       coalesce(sum(cost_nano), 0), coalesce(sum(booked_nano), 0), coalesce(sum(measured), 0))::text as figures`;

/**
 * Holds the rollups of some hours, and of the days that lie in them wholly, against the lines of the ledger: each figure,
 * or the cost alone where retention has dropped the attempts; and those of their months against those of the days. In one
 * statement, so it may run while others settle and fold.
 * @param from on the hour
 * @param to on the hour, exclusive
 */
export async function checkUsage(database: Database, from: Date, to: Date): Promise<UsageCheck> {
  const [row] = await database.query<{ checked: bigint; faulty: bigint; faults: FaultRow[] | null }>(sql`
    with spans as (
      select 'hour'::usage_span as span, ${from}::timestamptz as since, ${to}::timestamptz as until
      union all
      select span, since, until from usage_days_and_hours(${from}, ${to}) where span = 'day'
    ), months as (
      select date_trunc('month', ${from}::timestamptz, 'UTC') as since,
             (date_trunc('month', ${to}::timestamptz at time zone 'UTC') + interval '1 month') at time zone 'UTC' as until
    ), counted as (
      select span, date_trunc(span::text, at, 'UTC') as starts_at, lane_id, key_id, ${FIGURES},
             (latency_ms is not null)::integer as measured, forgotten
        from settled_usage join spans on at >= since and at < until where at >= ${from} and at < ${to}
      union all
      select 'month', date_trunc('month', starts_at, 'UTC'), lane_id, key_id, ${FIGURES}, ${MEASURED}, false
        from usage_rollups cross join months where span = 'day' and starts_at >= since and starts_at < until
    ), folded as (
      select span, starts_at, lane_id, key_id, ${FIGURES}, ${MEASURED}
        from usage_rollups join spans using (span) where starts_at >= since and starts_at < until
      union all
      select span, starts_at, lane_id, key_id, ${FIGURES}, ${MEASURED}
        from usage_rollups cross join months where span = 'month' and starts_at >= since and starts_at < until
      union all
      select span, date_trunc(span::text, at, 'UTC'), lane_id, key_id, ${FIGURES}, cardinality(latency_counts)
        from pending_usage join spans on at >= since and at < until
    ), lines as (
      select span, starts_at, lane_id, key_id, bool_or(forgotten) as forgotten, ${SUMS} from counted group by 1, 2, 3, 4
    ), rollups as (
      select span, starts_at, lane_id, key_id, ${SUMS} from folded group by 1, 2, 3, 4
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
    select day from (
      select starts_at as day from usage_rollups where span = 'day'
      union
      select date_trunc('day', at, 'UTC') from usage_deltas
    ) as days order by random() limit 1`);
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
