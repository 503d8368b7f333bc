import { JOB_STATUSES, uuidOfJob, type JobId } from '@switchyard/contract';
import { openDatabase, sql, type Database } from '@switchyard/database';
import { fillTables } from './__fixtures__/fill-tables.js';
import { openJobBench, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { openAdmission, type NewJob } from './admit-jobs.js';
import { cancelJob } from './cancel-job.js';
import { claimJobs, type ClaimedJob } from './claim-jobs.js';
import { beat, registerWorker, retireWorker } from './lease.js';
import { QueueLimit } from './queue-limit.js';
import { listJobs, openJobReader, readJob, readSubmission, type JobFilter } from './read-jobs.js';
import { openReconciler } from './reconcile.js';
import { openSettler } from './settle-attempts.js';

/** Tables that grow with use. The rest (tenants, keys, providers, prices) has as many rows as the configuration. */
const LARGE = ['jobs', 'live_jobs', 'attempts', 'calls', 'ledger_entries', 'lanes', 'job_payloads_other', 'job_results_other'];
/** Index entries that one operation may read; a whole index has tens of thousands. */
const MOST_ENTRIES = 3_000;

interface Reading {
  readonly scans: Readonly<Record<string, bigint>>;
  readonly entries: bigint;
}

describe('statements over large tables', () => {
  let bench: JobBench;
  /** One connection, which keeps the plans that it made while everything was empty. */
  let session: Database;

  beforeAll(async () => {
    bench = await openJobBench();
    const [row] = await bench.database.query<{ name: string; url: string }>(sql`select current_database() as name`);
    session = bench.sessionOfOne();
    expect(row?.name).toMatch(/^test_/);
  }, 60_000);
  afterAll(() => bench.close());

  async function readStatistics(): Promise<Reading> {
    await session.query(sql`select pg_stat_force_next_flush()`);
    await bench.database.query(sql`select pg_stat_clear_snapshot()`);
    const tables = await bench.database.query<{ name: string; scans: bigint }>(sql`
      select relname as name, seq_scan as scans from pg_stat_user_tables where relname = any (${LARGE}::text[])`);
    const [indexes] = await bench.database.query<{ entries: bigint }>(sql`
      select sum(idx_tup_read)::bigint as entries from pg_stat_user_indexes where relname = any (${LARGE}::text[])`);
    return { scans: Object.fromEntries(tables.map((row) => [row.name, row.scans])), entries: indexes?.entries ?? 0n };
  }

  /** Everything that is done often, by name, in the one session. */
  function operations(): [string, () => Promise<unknown>][] {
    const { queue } = bench;
    const admission = openAdmission(session, queue);
    const settler = openSettler(session, queue);
    const reader = openJobReader(session);
    const reconciler = openReconciler(session, queue);
    const limit = new QueueLimit(session, 1_000);
    let worker = 0;
    let claimed: ClaimedJob[] = [];
    let queued: JobId[] = [];

    const admit = async (count: number, overrides: Partial<NewJob> = {}): Promise<JobId[]> => {
      const jobs = Array.from({ length: count }, (_, index) =>
        bench.job({ provider: 'filled', model: `filled-${1 + (index % 4)}`, ...overrides }),
      );
      await Promise.all(jobs.map((job) => admission.admit(job)));
      return jobs.map((job) => job.id);
    };
    const claim = async (slots: number): Promise<ClaimedJob[]> =>
      await claimJobs(session, { workerId: worker, provider: 'filled', slots, concurrency: 100_000 });

    const lists: [string, JobFilter][] = [undefined, bench.tenants[0], 50].flatMap((tenantId) =>
      [undefined, ...JOB_STATUSES].flatMap((status) =>
        [undefined, 'image' as const].flatMap((type) =>
          [undefined, 'filled-1'].map((model): [string, JobFilter] => {
            const filter: JobFilter = {
              ...(tenantId === undefined ? {} : { tenantId }),
              ...(status === undefined ? {} : { status }),
              ...(type === undefined ? {} : { type }),
              ...(model === undefined ? {} : { model }),
            };
            return [`list ${JSON.stringify(filter)}`, filter];
          }),
        ),
      ),
    );
    return [
      ['register', async () => (worker = await registerWorker(session, 'scans'))],
      ['admit one', async () => (queued = await admit(1))],
      ['admit a group', async () => void queued.push(...(await admit(20)))],
      ['admit delayed', async () => void (await admit(2, { delayMs: 1 }))],
      ['admit into a new lane', async () => void (await admit(1, { model: `new-${Math.random()}` }))],
      ['claim one', async () => (claimed = await claim(1))],
      ['claim a group', async () => void claimed.push(...(await claim(16)))],
      ['beat', async () => void (await beat(session, worker))],
      ['read one', async () => void (await reader.read(queued[0] ?? ('' as JobId)))],
      ['read one with its raw answer', async () => void (await readJob(session, queued[1] ?? ('' as JobId), { raw: true }))],
      ['read a group', async () => void (await Promise.all(queued.map((id) => reader.read(id))))],
      ['read a submission', async () => void (await readSubmission(session, queued[2] ?? ('' as JobId)))],
      ['limit a tenant', async () => void (await limit.letIn(bench.tenants[0], async () => undefined).catch(() => undefined))],
      ['cancel a queued one', async () => void (await cancelJob(session, queue, queued[3] ?? ('' as JobId)))],
      ['cancel a running one', async () => void (await cancelJob(session, queue, claimed[0]?.id ?? ('' as JobId)))],
      ['settle one', async () => void (await settler.settle(success(claimed[1] ?? FAKE)))],
      ['settle one with a large result', async () => void (await settler.settle(success(claimed[2] ?? FAKE, 'x'.repeat(70_000))))],
      ['settle a group', async () => void (await Promise.all(claimed.slice(3, 9).map((job) => settler.settle(success(job)))))],
      ['put back a group', async () => void (await Promise.all(claimed.slice(9, 13).map((job, index) => settler.settle(tryAgain(job, index % 2)))))],
      ['claim again', async () => void (await claim(8))],
      ['end overdue', async () => void (await reconciler.endOverdue())],
      ['look for the dead', async () => void (await recoverJobs(session))],
      ['recover', async () => {
        await bench.killWorker(worker);
        await recoverJobs(session);
      }],
      ['reconcile', async () => void (await reconciler.reconcile())],
      ['retire', async () => void (await retireWorker(session, worker))],
      ...lists.map(([name, filter]): [string, () => Promise<unknown>] => [name, () => listJobs(session, filter, { limit: 20 })]),
      ['list on', async () => {
        const { next } = await listJobs(session, {}, { limit: 20 });
        if (next) await listJobs(session, {}, { limit: 20, after: next });
      }],
    ];
  }

  async function recoverJobs(database: Database): Promise<void> {
    await database.query(sql`select job_id from recover_jobs(5, '{}', '{}', '{}')`);
  }

  /** Does each operation, and names those that read through a table or an index. */
  async function findScans(): Promise<string[]> {
    const found: string[] = [];
    for (const [name, operate] of operations()) {
      const before = await readStatistics();
      await operate();
      const after = await readStatistics();
      for (const table of LARGE) if (after.scans[table] !== before.scans[table]) found.push(`${name}: all of ${table}`);
      const entries = after.entries - before.entries;
      if (entries > MOST_ENTRIES) found.push(`${name}: ${entries} index entries`);
    }
    return found;
  }

  it('look rows up by index, also by plans that a session made while the tables were empty', async () => {
    await bench.database.query(sql`vacuum analyze`);
    // A session settles on a plan with its sixth use.
    for (let times = 0; times < 7; times += 1) for (const [, operate] of operations()) await operate();
    await bench.database.query(sql`select cancel_job(job_id) from live_jobs where worker_id is null`);
    await fillTables(bench.database);
    expect(await findScans()).toEqual([]);
    expect(await bench.database.query(sql`select 1 from jobs where id = ${uuidOfJob(bench.job().id)}::uuid`)).toEqual([]);
  }, 120_000);

  it('look rows up by index with plans made for what is there', async () => {
    await bench.database.query(sql`vacuum analyze`);
    expect(await findScans()).toEqual([]);
  }, 120_000);
});

const FAKE = {} as ClaimedJob;
