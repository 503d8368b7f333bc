import { nanoUsd } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';
import { readHistograms } from './latency-histogram.js';
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
  readonly day: string | null;
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
  readonly cost_nano: string;
  readonly booked_nano: string;
  readonly buckets: string | null;
  readonly counts: string | null;
}

/**
 * Reads usage, exact to what is settled at this moment: from the rollups, and from what is not folded into them yet.
 * @returns groups in the order of their dimensions
 */
export async function readUsage(database: Database, query: UsageQuery): Promise<readonly UsageRow[]> {
  const by = (dimension: UsageDimension): boolean => query.groupBy.includes(dimension);
  const { model = null, provider = null, tenant = null, key = null } = query;
  // A dimension that is not asked for has the same name everywhere. Latencies come as they are written, one histogram
  // behind the other: to add them up here costs a fifth of what it costs the database.
  const report = sql`
    with wanted as (
      select l.id, case when ${by('model')}::boolean then l.model else '' end as model,
             case when ${by('provider')}::boolean then p.name else '' end as provider,
             case when ${by('tenant')}::boolean then t.name else '' end as tenant
        from lanes l join providers p on p.id = l.provider_id join tenants t on t.id = l.tenant_id
       where (${model}::text is null or l.model = ${model}) and (${provider}::text is null or p.name = ${provider})
         and (${tenant}::text is null or t.name = ${tenant})
    ) select date::text as day, model, provider, tenant, key, coalesce(sum(succeeded), 0)::bigint as succeeded,
             coalesce(sum(failed), 0)::bigint as failed, coalesce(sum(canceled), 0)::bigint as canceled,
             coalesce(sum(estimated), 0)::bigint as estimated, coalesce(sum(latency_ms), 0)::bigint as latency_ms,
             coalesce(sum(prompt_tokens), 0)::bigint as prompt_tokens,
             coalesce(sum(completion_tokens), 0)::bigint as completion_tokens,
             coalesce(sum(cached_tokens), 0)::bigint as cached_tokens,
             coalesce(sum(reasoning_tokens), 0)::bigint as reasoning_tokens, coalesce(sum(images), 0)::bigint as images,
             sum(cost_nano) as cost_nano, coalesce(sum(booked_nano), 0) as booked_nano,
             string_agg(nullif(array_to_string(latency_buckets, ','), ''), ',') as buckets,
             string_agg(nullif(array_to_string(latency_counts, ','), ''), ',') as counts
        from (select u.*, w.model, w.provider, w.tenant,
                     case when ${by('key')}::boolean then coalesce(k.name, '') else '' end as key,
                     case when ${by('day')}::boolean then (u.at at time zone 'UTC')::date end as date
                from usage_between(${query.from}, ${query.to}, ${by('day')}) u
                join wanted w on w.id = u.lane_id left join keys k on k.id = u.key_id
               where ${key}::text is null or k.name = ${key}) as named
       group by date, model, provider, tenant, key
       order by date, model, provider, tenant, key limit ${query.limit + 1}`;
  return await database.transaction(async (transaction) => {
    // A plan for any question is ten times slower than one for this question; and it reads much once, and not small bits.
    await transaction.query(sql`set local plan_cache_mode = force_custom_plan`);
    await transaction.query(sql`set local work_mem = '64MB'`);
    const rows = await transaction.query<Row>(report);
    return rows.map((row) => readRow(row, query.groupBy));
  });
}

function readRow(row: Row, groupBy: readonly UsageDimension[]): UsageRow {
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
      cost: nanoUsd(BigInt(row.cost_nano)),
      bookedCost: nanoUsd(BigInt(row.booked_nano)),
      latencies: readHistograms(row.buckets, row.counts),
    },
  };
}
