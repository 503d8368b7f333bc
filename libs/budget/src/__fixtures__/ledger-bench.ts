import { v7 } from 'uuid';
import { sql, type Database, type Queryable } from '@switchyard/database';
import { createTestDatabase } from '@switchyard/database/testing';

/** How an attempt of the bench ends. */
export interface End {
  readonly state: 'succeeded' | 'failed' | 'canceled';
  /** Nano-dollars. */
  readonly cost: number;
  readonly estimated: boolean;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly latencyMs: number;
  /** When it is settled. */
  readonly at: Date;
}

/** A job of the bench that is running. */
export interface RunningJob {
  readonly job_id: string;
  readonly epoch: number;
}

/** What each attempt of the bench reserves, in nano-dollars. */
export const RESERVED = 1_000;
export const PROVIDERS = ['left', 'right'] as const;
export const MODELS = ['small', 'large'] as const;
export const TENANTS = ['acme', 'globex'] as const;
export const KEYS = ['acme-app', 'globex-app', 'globex-batch'] as const;

/** A ledger of one spec, with the steps of a job's life as its SQL functions make them. */
export interface LedgerBench {
  readonly database: Database;
  readonly worker: number;
  /** @param choice picks provider, model, tenant and key */
  admit(choice: number): Promise<string>;
  claim(provider: string, slots: number): Promise<RunningJob[]>;
  /** Ends a running job, and makes it look as if that had been at the time that the end names. */
  settle(on: Queryable, job: RunningJob, end: End): Promise<void>;
  cancel(jobId: string): Promise<void>;
  /** Takes back what the worker holds, as if it had died. */
  recover(): Promise<void>;
  /** Lets the ledger be changed within a transaction, as only a spec may. */
  unlock(on: Queryable): Promise<void>;
  /** Empties everything but names. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a bench. */
export async function openLedgerBench(): Promise<LedgerBench> {
  const test = await createTestDatabase();
  const { database } = test;
  for (const tenant of TENANTS)
    await database.query(sql`insert into tenants (name, source) values (${tenant}, 'file')`);
  for (const key of KEYS) {
    const tenant = key.split('-')[0] ?? '';
    await database.query(sql`
      insert into keys (tenant_id, name, hash, scopes, permissions, source)
      select id, ${key}, ${Buffer.from(key)}, '{jobs}', '{}', 'file' from tenants where name = ${tenant}`);
  }
  await database.query(sql`select price_id_of('model', 'digest', '{}')`);
  let worker = await register(database);

  return {
    database,
    get worker() {
      return worker;
    },
    async admit(choice) {
      const [bit = 0, other = 0] = [choice % 2, Math.floor(choice / 2) % 2];
      const key = Math.floor(choice / 4) % KEYS.length;
      const id = v7();
      const admission = {
        id,
        tenant_id: key === 0 ? 1 : 2,
        key_id: key + 1,
        type: 'generation',
        provider: PROVIDERS[bit],
        model: MODELS[other],
        price_id: 1,
        reserve_nano: RESERVED,
        priority: 5,
        delay_ms: 0,
        expires_ms: 86_400_000,
        timeout_ms: 600_000,
        client_data: {},
        payload: '{}',
        plan: { targets: [], fallbackOn: 'any' },
        place: 0,
      };
      await database.query(sql`select verdict from admit_jobs(${JSON.stringify([admission])})`);
      return id;
    },
    claim: (provider, slots) =>
      database.query<RunningJob>(
        sql`select job_id, epoch from claim_jobs(${worker}, ${provider}, ${slots}, 1000) order by job_id`,
      ),
    async settle(on, { job_id: jobId, epoch }, end) {
      const settlement = {
        job_id: jobId,
        epoch,
        worker_id: worker,
        state: end.state,
        call_state: 'answered',
        cost_nano: end.cost,
        estimated: end.estimated,
        prompt_tokens: end.promptTokens,
        completion_tokens: end.completionTokens,
        outcome: end.state,
      };
      await on.query(sql`select verdict from settle_attempts(${JSON.stringify([settlement])})`);
      await unlock(on);
      const startedAt = new Date(end.at.getTime() - end.latencyMs);
      await on.query(sql`
        update attempts set started_at = ${startedAt}, finished_at = ${end.at} where job_id = ${jobId}::uuid`);
      await on.query(sql`
        update ledger_entries set at = ${end.at} where job_id = ${jobId}::uuid and kind in ('settle', 'overrun', 'release')`);
      await on.query(sql`
        update usage_deltas set at = ${end.at}, started_at = ${startedAt} where xmin = pg_current_xact_id()::xid`);
    },
    async cancel(jobId) {
      await database.query(sql`select status from cancel_job(${jobId}::uuid)`);
    },
    async recover() {
      await database.query(sql`update workers set lease_until = clock_timestamp() - interval '1 s'`);
      await database.query(sql`select job_id from recover_jobs(1, '{}', '{}', '{}')`);
      worker = await register(database);
    },
    unlock,
    async clear() {
      await database.query(sql`
        truncate jobs, live_jobs, attempts, calls, ledger_entries, bookings, idempotency_keys, usage_deltas, usage_rollups,
                 job_payloads, job_results`);
    },
    close: () => test.drop(),
  };
}

async function unlock(on: Queryable): Promise<void> {
  await on.query(sql`set local session_replication_role = 'replica'`);
}

async function register(database: Database): Promise<number> {
  const [row] = await database.query<{ id: number }>(sql`
    insert into workers (kind, host, pid, lease_until) values ('worker', 'here', 1, 'infinity') returning id`);
  return row?.id ?? 0;
}
