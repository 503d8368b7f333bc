import { nanoUsd } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';
import type { UsageDimension, UsageRow } from './usage-row.js';

/** Which usage is asked for. */
export interface UsageQuery {
  /** The first moment that counts, on the hour. */
  readonly from: Date;
  /** The first moment that does not, on the hour. */
  readonly to: Date;
  /** None: all of it is one group. */
  readonly groupBy: readonly UsageDimension[];
  /** Names; absent: all. */
  readonly model?: string | undefined;
  readonly provider?: string | undefined;
  readonly tenant?: string | undefined;
  readonly key?: string | undefined;
  /** Groups at most; one more is answered where there are more. */
  readonly limit: number;
}

interface Row {
  readonly model: string;
  readonly provider: string;
  readonly tenant: string;
  readonly key: string;
  readonly day: string;
  readonly succeeded: bigint;
  readonly failed: bigint;
  readonly canceled: bigint;
  readonly estimated: bigint;
  readonly latency_ms: bigint;
  readonly prompt_tokens: bigint;
  readonly completion_tokens: bigint;
  readonly cached_tokens: bigint;
  readonly reasoning_tokens: bigint;
  readonly images: bigint;
  readonly cost_nano: bigint;
  readonly booked_nano: bigint;
  readonly buckets: readonly number[] | null;
  readonly counts: readonly bigint[] | null;
}

/**
 * Reads usage, exact to what is settled at this moment: from the rollups, and from what is not folded into them yet.
 * @returns groups in the order of their dimensions
 */
export async function readUsage(database: Database, query: UsageQuery): Promise<readonly UsageRow[]> {
  const by = (dimension: UsageDimension): boolean => query.groupBy.includes(dimension);
  // Without a dimension its name is the same everywhere.
  const group = sql`
    case when ${by('model')}::boolean then w.model else '' end as model,
    case when ${by('provider')}::boolean then w.provider else '' end as provider,
    case when ${by('tenant')}::boolean then w.tenant else '' end as tenant,
    case when ${by('key')}::boolean then coalesce(k.name, '') else '' end as key,
    case when ${by('day')}::boolean then to_char(day at time zone 'UTC', 'YYYY-MM-DD') else '' end as day`;
  const day = sql`case when ${by('day')}::boolean then date_trunc('day', at, 'UTC') end as day`;
  const wanted = sql`
    lane_id in (select id from wanted)
    and (${query.key ?? null}::text is null or key_id = (select id from keys where name = ${query.key ?? null}))`;
  // Added up by numbers first, and then by names.
  const rows = await database.query<Row>(sql`
    with wanted as materialized (
      select l.id, l.model, p.name as provider, t.name as tenant
        from lanes l join providers p on p.id = l.provider_id join tenants t on t.id = l.tenant_id
       where (${query.model ?? null}::text is null or l.model = ${query.model ?? null})
         and (${query.provider ?? null}::text is null or p.name = ${query.provider ?? null})
         and (${query.tenant ?? null}::text is null or t.name = ${query.tenant ?? null})
    ), used as (
      select lane_id, key_id, ${day}, sum(succeeded) as succeeded, sum(failed) as failed, sum(canceled) as canceled,
             sum(estimated) as estimated, sum(latency_ms) as latency_ms, sum(prompt_tokens) as prompt_tokens,
             sum(completion_tokens) as completion_tokens, sum(cached_tokens) as cached_tokens,
             sum(reasoning_tokens) as reasoning_tokens, sum(images) as images, sum(cost_nano) as cost_nano,
             sum(booked_nano) as booked_nano
        from usage_between(${query.from}, ${query.to}) where ${wanted} group by 1, 2, 3
    ), latency as (
      select lane_id, key_id, ${day}, bucket, sum(requests) as requests
        from latencies_between(${query.from}, ${query.to}) where ${wanted} group by 1, 2, 3, 4
    ), sums as (
      select ${group}, coalesce(sum(succeeded), 0)::bigint as succeeded, coalesce(sum(failed), 0)::bigint as failed,
             coalesce(sum(canceled), 0)::bigint as canceled, coalesce(sum(estimated), 0)::bigint as estimated,
             coalesce(sum(latency_ms), 0)::bigint as latency_ms, coalesce(sum(prompt_tokens), 0)::bigint as prompt_tokens,
             coalesce(sum(completion_tokens), 0)::bigint as completion_tokens,
             coalesce(sum(cached_tokens), 0)::bigint as cached_tokens,
             coalesce(sum(reasoning_tokens), 0)::bigint as reasoning_tokens, coalesce(sum(images), 0)::bigint as images,
             sum(cost_nano)::bigint as cost_nano, coalesce(sum(booked_nano), 0)::bigint as booked_nano
        from used join wanted w on w.id = lane_id left join keys k on k.id = key_id group by 1, 2, 3, 4, 5
    ), histograms as (
      select model, provider, tenant, key, day, array_agg(bucket::integer) as buckets, array_agg(requests) as counts
        from (select ${group}, bucket, sum(requests)::bigint as requests
                from latency join wanted w on w.id = lane_id left join keys k on k.id = key_id
               group by 1, 2, 3, 4, 5, 6) as named
       group by 1, 2, 3, 4, 5
    ) select sums.*, buckets, counts from sums left join histograms using (model, provider, tenant, key, day)
       order by day, model, provider, tenant, key limit ${query.limit + 1}`);
  return rows.map((row) => readRow(row, query.groupBy));
}

function readRow(row: Row, groupBy: readonly UsageDimension[]): UsageRow {
  const counts = row.counts ?? [];
  return {
    group: Object.fromEntries(groupBy.map((dimension) => [dimension, row[dimension] === '' ? null : row[dimension]])),
    sums: {
      succeeded: Number(row.succeeded),
      failed: Number(row.failed),
      canceled: Number(row.canceled),
      estimated: Number(row.estimated),
      latencyMs: Number(row.latency_ms),
      promptTokens: Number(row.prompt_tokens),
      completionTokens: Number(row.completion_tokens),
      cachedTokens: Number(row.cached_tokens),
      reasoningTokens: Number(row.reasoning_tokens),
      images: Number(row.images),
      cost: nanoUsd(row.cost_nano),
      bookedCost: nanoUsd(row.booked_nano),
      latencies: new Map((row.buckets ?? []).map((bucket, index) => [bucket, Number(counts[index] ?? 0)])),
    },
  };
}
