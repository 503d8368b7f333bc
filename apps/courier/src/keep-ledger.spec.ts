import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from '@switchyard/database';
import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import { createLogger, createMetrics, type Metrics } from '@switchyard/telemetry';
import { keepLedger } from './keep-ledger.js';

const HOUR_MS = 3_600_000;
const NOW = Date.parse('2026-11-21T08:10:00Z');
const LAST_HOUR = new Date(NOW - HOUR_MS);

describe('keepLedger', () => {
  let test: TestDatabase;
  let metrics: Metrics;
  const lines: string[] = [];
  const works = new Map<string, () => Promise<void>>();

  beforeAll(async () => {
    test = await createTestDatabase();
    metrics = createMetrics({ app: 'courier' });
    keepLedger(
      {
        database: test.database,
        metrics,
        logger: createLogger({ name: 'courier', destination: { write: (line) => void lines.push(line) } }),
      },
      { every: (_, name, work) => void works.set(name, work) },
      () => NOW,
    );
    await test.database.query(sql`insert into tenants (name, source) values ('acme', 'file')`);
    await test.database.query(sql`select lane_id_of('provider', 'model', 1)`);
  }, 60_000);
  afterAll(async () => {
    metrics.close();
    await test.drop();
  });

  async function round(): Promise<void> {
    for (const name of ['fold usage', 'watch the ledger', 'check the usage']) await works.get(name)?.();
  }

  async function valueOf(series: string): Promise<number> {
    return Number(new RegExp(`^${series}\\{app="courier"\\} (\\S+)$`, 'm').exec(await metrics.text())?.[1]);
  }

  /** An attempt that reserved a dollar and cost another amount, settled within the last whole hour. */
  async function settle(costNano: bigint, settledNano: bigint): Promise<void> {
    await test.database.query(sql`
      with tried as (
        insert into attempts (job_id, number, state, lane_id, price_id, reserved_nano, cost_nano, started_at, finished_at)
        values (gen_random_uuid(), 1, 'succeeded', 1, 1, 1000000000, ${costNano}, ${LAST_HOUR}, ${LAST_HOUR})
        returning job_id, cost_nano
      ), counted as (
        insert into usage_deltas (at, started_at, cost_nano, lane_id, key_id, state, estimated)
        select ${LAST_HOUR}, ${LAST_HOUR}, cost_nano, 1, 1, 'succeeded', false from tried
      )
      insert into ledger_entries (at, kind, amount_nano, job_id, attempt, lane_id, key_id, price_id)
      select ${LAST_HOUR}, kind, amount, job_id, 1, 1, 1, 1 from tried
       cross join (values ('reserve'::ledger_kind, 1000000000::bigint), ('settle', ${settledNano}::bigint),
                          ('release', 1000000000 - ${settledNano}::bigint)) as posting (kind, amount)`);
  }

  it('folds what was settled, and says that all is well', async () => {
    await settle(250_000_000n, 250_000_000n);
    await settle(0n, 0n);
    await test.database.query(sql`
      with held as (
        insert into attempts (job_id, number, state, lane_id, price_id, reserved_nano)
        values (gen_random_uuid(), 1, 'reserved', 1, 1, 1500000000) returning job_id
      ), posted as (
        insert into ledger_entries (at, kind, amount_nano, job_id, attempt, lane_id, key_id, price_id)
        select clock_timestamp(), 'reserve', 1500000000, job_id, 1, 1, 1, 1 from held
      )
      insert into live_jobs (job_id, tenant_id, key_id, provider_id, lane_id, type, price_id, reserve_nano, payload_day,
                             created_at, priority, rank, parked, ready_at, expires_at, timeout_ms, attempt)
      select job_id, 1, 1, 1, 1, 'generation', 1, 1500000000, current_date, now(), 5, 1, false, now(), now(), 1000, 1
        from held`);
    await round();
    expect(await test.database.query(sql`select from usage_deltas`)).toEqual([]);
    expect(await valueOf('switchyard_folded_settlements_total')).toBe(2);
    expect(await valueOf('switchyard_ledger_unbalanced_attempts')).toBe(0);
    expect(await valueOf('switchyard_ledger_held_usd')).toBe(1.5);
    expect(await valueOf('switchyard_usage_faulty_rollups')).toBe(0);
    expect(lines).toEqual([]);
  });

  it('tells of an attempt and of a rollup that do not fit, the attempt once', async () => {
    await settle(250_000_000n, 250_000_001n);
    await round();
    expect(await valueOf('switchyard_ledger_unbalanced_attempts')).toBe(1);
    // The hour of that lane and key: its day has not ended.
    expect(await valueOf('switchyard_usage_faulty_rollups')).toBe(1);
    expect(lines.join('')).toMatch(/job_[0-9a-f]{32} attempt 1: miscounted/);
    const told = lines.length;
    await works.get('watch the ledger')?.();
    expect(lines.length).toBe(told);
    expect(await valueOf('switchyard_ledger_unbalanced_attempts')).toBe(1);
  });
});
