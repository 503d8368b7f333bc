import { readBudgetUsage, readOwnBudgets } from '@switchyard/budget';
import { JOB_STATUSES, uuidOfJob, type JobId } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';
import { FILLED_LIVE_JOBS, fillTables } from './__fixtures__/fill-tables.js';
import { imageOf, openJobBench, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { openAdmission, type NewJob } from './admit-jobs.js';
import { cancelJob } from './cancel-job.js';
import { claimJobs, type ClaimedJob } from './claim-jobs.js';
import { dropExpiredFiles } from './files/drop-files.js';
import { openFileReader } from './files/read-files.js';
import { findReplay } from './find-replay.js';
import { forgetKeys } from './forget-keys.js';
import { beat, registerWorker, retireWorker } from './lease.js';
import { QueueLimit } from './queue-limit.js';
import type { JobFilter } from './list-jobs.js';
import { openJobReader, readSubmission } from './read-jobs.js';
import { openReconciler } from './reconcile.js';
import { openSettler } from './settle-attempts.js';

/** Tables that grow with use. The rest (tenants, keys, providers, prices) has as many rows as the configuration. */
const LARGE = [
  'jobs',
  'live_jobs',
  'attempts',
  'calls',
  'ledger_entries',
  'lanes',
  'flows',
  'rate_deltas',
  'token_holds',
  'job_payloads_other',
  'job_results_other',
  'files_other',
  'file_pieces_other',
  'budgets',
  'budget_windows',
  'budget_deltas',
  'idempotency_keys',
  'exposures',
];
/** Index entries that one operation may read; a whole index has tens of thousands. */
const MOST_ENTRIES = 3_000;

const BUDGETS = [
  { name: 'all', daily_nano: 10 ** 15, monthly_nano: 10 ** 16 },
  { name: 'acme', tenant: 'acme', daily_nano: 10 ** 15 },
  { name: 'dear', model: 'dear', daily_nano: 1 },
  { name: 'slow', model: 'slow', daily_nano: 1_500, rule: 'wait' },
];

/** Wide enough for all, so that everything is counted and nothing is held back. */
const RATE_LIMITS = [
  { provider: 'filled', max_requests: 10 ** 6 },
  { model: 'filled-1', max_requests: 10 ** 6, max_tokens: 10 ** 9 },
  { tenant: 'acme', max_requests: 10 ** 6, max_tokens: 10 ** 9 },
];

interface Reading {
  readonly scans: Readonly<Record<string, bigint>>;
  readonly entries: number;
}

interface Operation {
  readonly name: string;
  readonly run: () => Promise<unknown>;
  /** Planned each time, by what is known of the tables then. */
  readonly isList?: boolean;
  /** May look through all that have not ended. */
  readonly readsLive?: boolean;
}

describe('statements over large tables', () => {
  let bench: JobBench;
  /** One connection, for everything: it keeps the plans that it made while the tables were empty. */
  let session: Database;
  let lanes = 0;

  beforeAll(async () => {
    bench = await openJobBench();
    session = bench.anotherDatabase(1);
    await writeBudgets(session, BUDGETS);
    const limits = RATE_LIMITS.map((limit, index) => {
      return { place: `limit-${index}`, name: 'limit', detail: 'limit', window_ms: 60_000, ...limit };
    });
    // Else a worker of the server itself reads through that table, whenever it comes to it.
    await session.query(sql`alter index ledger_entries_at_idx set (autosummarize = off)`);
    await session.query(sql`select write_rate_limits(${JSON.stringify(limits)}::json)`);
  }, 60_000);
  afterAll(() => bench.close());

  /** What the session has read so far. */
  async function readStatistics(): Promise<Reading> {
    await session.query(sql`select pg_stat_force_next_flush()`);
    await bench.database.query(sql`select pg_stat_clear_snapshot()`);
    const tables = await bench.database.query<{ name: string; scans: bigint }>(sql`
      select relname as name, seq_scan as scans from pg_stat_user_tables where relname = any (${LARGE}::text[])`);
    const [indexes] = await bench.database.query<{ entries: bigint }>(sql`
      select sum(idx_tup_read)::bigint as entries from pg_stat_user_indexes where relname = any (${LARGE}::text[])`);
    return { scans: Object.fromEntries(tables.map((row) => [row.name, row.scans])), entries: Number(indexes?.entries) };
  }

  /** Everything that is done often. */
  function operations(): Operation[] {
    const { queue } = bench;
    const admission = openAdmission(session, queue);
    const settler = openSettler(session, queue);
    const reader = openJobReader(session);
    const files = openFileReader(session);
    const image = imageOf('a picture');
    const { signal: until } = new AbortController();
    const reconciler = openReconciler(session, queue);
    const limit = new QueueLimit(session, 1_000);
    let worker = 0;
    const experiment = { name: 'trial', arm: 'a', unit: 'user-1' };
    let claimed: ClaimedJob[] = [];
    let queued: JobId[] = [];

    const admit = async (count: number, overrides: Partial<NewJob> = {}): Promise<JobId[]> => {
      const jobs = Array.from({ length: count }, (_, index) =>
        bench.job({ provider: 'filled', model: `filled-${1 + (index % 4)}`, ...overrides }),
      );
      await Promise.all(jobs.map((job) => admission.admit(job)));
      return jobs.map((job) => job.id);
    };
    const claim = async (slots: number): Promise<ClaimedJob[]> => [
      ...(await claimJobs(session, { workerId: worker, provider: 'filled', slots, concurrency: 100_000 })).jobs,
    ];
    const recover = (): Promise<unknown> => session.query(sql`select job_id from recover_jobs(5, '{}', '{}', '{}')`);
    const readRaw = async (id: JobId): Promise<void> => {
      const found = await reader.read(id);
      if (found) await reader.readWhole(found, { raw: true, until: AbortSignal.timeout(10_000) });
    };
    const readFile = async (): Promise<void> => {
      const found = await files.find(image.file);
      if (found) for await (const piece of files.read(found, AbortSignal.timeout(10_000))) expect(piece).toBeDefined();
    };
    const settleAll = (settlements: Parameters<typeof settler.settle>[0][]): Promise<unknown> =>
      Promise.all(settlements.map((settlement) => settler.settle(settlement)));

    const often: [string, () => Promise<unknown>][] = [
      ['register', async () => (worker = await registerWorker(session, 'scans'))],
      ['admit one', async () => (queued = await admit(1, { experiment }))],
      ['admit a group', async () => queued.push(...(await admit(20)))],
      ['admit keyed', () => admit(4, keyed('scanned'))],
      ['admit keyed again', () => admit(4, keyed('scanned'))],
      ['look for a replay', () => findReplay(session, bench.tenants[0], keyed('scanned').idempotency)],
      ['admit what a budget has no room for', () => admit(2, { model: 'dear' })],
      ['admit what a budget lets wait', () => admit(2, { model: 'slow' })],
      ['read a budget', () => readBudgetUsage(session, 'filled-7')],
      ['read budgets of a key', () => readOwnBudgets(session, bench.tenants[0], 1)],
      ['admit delayed', () => admit(2, { delayMs: 1 })],
      ['admit into a new lane', () => admit(1, { model: `new-${(lanes += 1)}` })],
      ['claim one', async () => (claimed = await claim(1))],
      ['claim a group', async () => claimed.push(...(await claim(16)))],
      ['beat', () => beat(session, worker)],
      ['read one', () => reader.read(at(queued, 0))],
      ['read one with its raw answer', () => readRaw(at(queued, 1))],
      ['read a group', () => Promise.all(queued.map((id) => reader.read(id)))],
      ['read a submission', () => readSubmission(session, at(queued, 2))],
      ['limit a tenant', () => limit.letIn(bench.tenants[0], async () => undefined).catch(() => undefined)],
      ['cancel a queued one', () => cancelJob(session, queue, at(queued, 3))],
      ['cancel a running one', () => cancelJob(session, queue, at(claimed, 0).id)],
      ['settle one', () => settler.settle(success(at(claimed, 1)))],
      ['settle one with a large result', () => settler.settle(success(at(claimed, 2), 'x'.repeat(70_000)))],
      ['settle one with an image', () => settler.settle(image.settlement(at(claimed, 13)))],
      ['read a file', readFile],
      ['drop files', () => dropExpiredFiles(session)],
      ['settle a group', () => settleAll(claimed.slice(3, 9).map((job) => success(job)))],
      ['put back a group', () => settleAll(claimed.slice(9, 13).map((job, index) => tryAgain(job, index % 2)))],
      ['claim again', () => claim(8)],
      ['end overdue', () => reconciler.endOverdue()],
      ['fold budgets', () => session.query(sql`select fold_budgets(100)`)],
      ['release what waits', () => session.query(sql`select job_id from release_waiting(10)`)],
      ['forget keys', () => forgetKeys(session)],
      ['leave targets where nothing is shut', () => reconciler.leaveShutTargets()],
      ['look for the dead', recover],
      ['recover', () => bench.killWorker(worker).then(recover)],
      ['look for what could be claimed', () => session.query(sql`select job_id from claimable_jobs(1000, '0 s')`)],
      ['retire', () => retireWorker(session, worker)],
      ['register again', async () => (worker = await registerWorker(session, 'scans'))],
      [
        'suspect one',
        () => session.query(sql`update live_jobs set crashes = 2 where job_id = ${uuidOfJob(at(queued, 4))}::uuid`),
      ],
      ['claim a suspect', async () => (claimed = await claim(16))],
      ['stand aside', () => claim(16)],
      ['settle a suspect', () => settleAll(claimed.map((job) => success(job)))],
      ['go on', async () => (claimed = await claim(1))],
      ['settle the last', () => settleAll(claimed.map((job) => success(job)))],
      ['retire again', () => retireWorker(session, worker)],
    ];
    const filters = [undefined, bench.tenants[0], 50].flatMap((tenantId) =>
      [undefined, ...JOB_STATUSES].flatMap((status) =>
        [undefined, 'image' as const].flatMap((type) =>
          [undefined, 'filled-1'].map((model): JobFilter => ({
            ...(tenantId === undefined ? {} : { tenantId }),
            ...(status === undefined ? {} : { status }),
            ...(type === undefined ? {} : { type }),
            ...(model === undefined ? {} : { model }),
          })),
        ),
      ),
    );
    return [
      ...often.map(([name, run]) => ({ name, run })),
      ...filters.map((filter) => ({
        name: `list ${JSON.stringify(filter)}`,
        run: async () => {
          const { next } = await reader.list(filter, { limit: 20 }, { until });
          if (next) await reader.list(filter, { limit: 20, after: next }, { until });
        },
        isList: true,
        readsLive: filter.status === 'queued' && (filter.model ?? filter.type) !== undefined,
      })),
    ];
  }

  /** Does each operation, and names those that read through a table or an index. */
  async function findScans({ entriesOfLists }: { entriesOfLists: boolean }): Promise<string[]> {
    const found: string[] = [];
    for (const { name, run, isList = false, readsLive = false } of operations()) {
      const before = await readStatistics();
      await run();
      const after = await readStatistics();
      for (const table of LARGE) if (after.scans[table] !== before.scans[table]) found.push(`${name}: all of ${table}`);
      const entries = after.entries - before.entries;
      // A list is two pages.
      const most = (isList ? 2 : 1) * (MOST_ENTRIES + (readsLive ? FILLED_LIVE_JOBS : 0));
      if (entries > most && (entriesOfLists || !isList)) found.push(`${name}: ${entries} index entries`);
    }
    return found;
  }

  it('look rows up by index, also by plans that a session made while the tables were empty', async () => {
    await session.query(sql`vacuum analyze`);
    // A session settles on a plan with its sixth use.
    for (let times = 0; times < 7; times += 1) for (const { run } of operations()) await run();
    await session.query(sql`select cancel_job(job_id) from live_jobs where worker_id is null`);
    await fillTables(session);
    // What is known of the tables is out of date too, until they are analyzed: lists may choose the wrong index.
    expect(await findScans({ entriesOfLists: false })).toEqual([]);
  }, 120_000);

  it('look rows up by index with plans made for what is there', async () => {
    await session.query(sql`vacuum analyze`);
    expect(await findScans({ entriesOfLists: true })).toEqual([]);
  }, 120_000);
});

function keyed(key: string): Required<Pick<NewJob, 'idempotency'>> {
  return { idempotency: { key, route: 'POST /v1/jobs', digest: 'ab'.repeat(32) } };
}

async function writeBudgets(database: Database, budgets: readonly object[]): Promise<void> {
  const rows = budgets.map((budget) => ({ time_zone: 'UTC', alert_ppm: 800_000, rule: 'block', ...budget }));
  await database.query(sql`select write_budgets(${JSON.stringify(rows)}::json)`);
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error(`There are only ${items.length}.`);
  return item;
}
