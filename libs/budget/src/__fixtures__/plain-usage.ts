import { sql, type Database } from '@switchyard/database';
import type { UsageQuery } from '../usage/read-usage.js';

/** What a report must say of one group, by adding up every line. */
export interface PlainUsage {
  readonly figures: Readonly<Record<string, number | bigint>>;
  /** In milliseconds, ascending. */
  readonly latencies: readonly number[];
}

interface Line {
  readonly at: Date;
  readonly model: string;
  readonly provider: string;
  readonly tenant: string;
  readonly key: string | null;
  readonly amount_nano: bigint;
  readonly attempt: number;
  readonly state: string | null;
  readonly estimated: boolean | null;
  readonly latency_ms: number | null;
  readonly prompt_tokens: number | null;
  readonly completion_tokens: number | null;
}

/** Reads every settled line with its attempt or booking, and adds them up here, group by group. */
export async function addUpPlainly(database: Database, query: UsageQuery): Promise<Map<string, PlainUsage>> {
  const lines = await database.query<Line>(sql`
    select e.at, l.model, p.name as provider, t.name as tenant, k.name as key, e.amount_nano, e.attempt, a.state,
           a.estimated, round(extract(epoch from e.at - a.started_at) * 1000)::integer as latency_ms,
           coalesce(a.prompt_tokens, b.prompt_tokens)::integer as prompt_tokens,
           coalesce(a.completion_tokens, b.completion_tokens)::integer as completion_tokens
      from ledger_entries e join lanes l on l.id = e.lane_id join providers p on p.id = l.provider_id
      join tenants t on t.id = l.tenant_id left join keys k on k.id = e.key_id
      left join attempts a on a.job_id = e.job_id and a.number = e.attempt
      left join bookings b on b.id = e.job_id
     where e.kind = 'settle'`);
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    if (line.at < query.from || line.at >= query.to) continue;
    const names = { ...line, day: line.at.toISOString().slice(0, 10) };
    if ((['model', 'provider', 'tenant', 'key'] as const).some((each) => (query[each] ?? names[each]) !== names[each]))
      continue;
    const group = nameOfGroup(Object.fromEntries(query.groupBy.map((dimension) => [dimension, names[dimension]])));
    groups.set(group, [...(groups.get(group) ?? []), line]);
  }
  return new Map([...groups].map(([group, members]) => [group, addUp(members)]));
}

/** One name for a group, whatever the order of its dimensions. */
export function nameOfGroup(group: object): string {
  return JSON.stringify(Object.entries(group).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

function addUp(lines: readonly Line[]): PlainUsage {
  const count = (wanted: (line: Line) => boolean): number => lines.filter(wanted).length;
  const sum = (figure: (line: Line) => number | null): number =>
    lines.reduce((total, line) => total + (figure(line) ?? 0), 0);
  const money = (wanted: (line: Line) => boolean): bigint =>
    lines.filter(wanted).reduce((total, line) => total + line.amount_nano, 0n);
  const latencies = lines
    .filter(({ attempt }) => attempt > 0)
    .map(({ latency_ms: latencyMs }) => Math.max(latencyMs ?? 0, 0))
    .toSorted((one, other) => one - other);
  return {
    figures: {
      succeeded: count(({ state }) => state === 'succeeded'),
      failed: count(({ state }) => state === 'failed' || state === 'unknown'),
      canceled: count(({ state }) => state === 'canceled'),
      estimated: count(({ estimated }) => estimated === true),
      latencyMs: latencies.reduce((total, latency) => total + latency, 0),
      promptTokens: sum((line) => line.prompt_tokens),
      completionTokens: sum((line) => line.completion_tokens),
      cost: money(() => true),
      bookedCost: money(({ attempt }) => attempt === 0),
    },
    latencies,
  };
}
