import type { JobId } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { describeEngines } from '@switchyard/queue/testing';
import { openJobBench, RESERVED, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { until } from './__fixtures__/until.js';
import { cancelJob } from './cancel-job.js';
import type { ClaimedJob } from './claim-jobs.js';
import { beat, LeaseLostError, retireWorker } from './lease.js';
import { openReconciler, TIMEOUT_ERROR, type Reconciler } from './reconcile.js';

describeEngines('the reconciler', (engine) => {
  let bench: JobBench;
  let worker: number;
  let reconciler: Reconciler;

  beforeAll(async () => {
    bench = await openJobBench(engine);
    await bench.untilLeasesCount();
    reconciler = openReconciler(bench.database, bench.queue);
  }, 60_000);
  afterAll(() => bench.close());
  beforeEach(async () => {
    worker = await bench.worker();
  });
  afterEach(async () => {
    await bench.database.query(sql`select cancel_job(job_id) from live_jobs where worker_id is null`);
    expect(await bench.database.query(sql`select job_id from live_jobs`)).toEqual([]);
    expect(await bench.ledger()).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
  });

  const admitMany = (count: number, overrides: Parameters<JobBench['admit']>[0] = {}): Promise<JobId[]> =>
    Promise.all(Array.from({ length: count }, () => bench.admit(overrides)));

  async function settleAll(jobs: readonly ClaimedJob[]): Promise<string[]> {
    return await Promise.all(jobs.map((job) => bench.settler.settle(success(job))));
  }

  it('takes back what a dead worker held: the attempt is unknown, at what it reserved', async () => {
    const ids = await admitMany(30);
    const dead = await bench.claim(worker, 30);
    expect(dead.length).toBe(30);
    expect((await reconciler.reconcile()).recovered).toBe(0);
    await bench.killWorker(worker);
    expect((await reconciler.reconcile()).recovered).toBe(30);
    expect((await reconciler.reconcile()).recovered).toBe(0);
    expect(new Set(await settleAll(dead))).toEqual(new Set(['stale']));
    await expect(beat(bench.database, worker)).rejects.toThrow(LeaseLostError);

    worker = await bench.worker();
    const again = await bench.claim(worker, 30);
    expect(again.map((job) => [job.epoch, job.attempt, job.crashes])).toEqual(again.map(() => [2, 2, 1]));
    await settleAll(again);
    for (const id of ids) {
      expect(await bench.read(id)).toMatchObject({
        status: 'succeeded',
        cost: { actual: '0.0000017' },
        attempts: [
          { outcome: 'unknown', cost: '0.000001', estimated: true, error: { code: 'worker_crash_limit' } },
          { outcome: 'succeeded' },
        ],
      });
    }
    const states = await bench.database.query(
      sql`select distinct state from calls where worker_id = ${dead[0]?.workerId ?? 0}`,
    );
    expect(states).toEqual([{ state: 'unknown' }]);
  });

  it('does everything once when two look at once', async () => {
    await admitMany(40);
    const workers = await Promise.all(Array.from({ length: 4 }, () => bench.worker()));
    const claimed = (await Promise.all(workers.map((each) => bench.claim(each, 10)))).flat();
    expect(claimed.length).toBe(40);
    await admitMany(20, { expiresMs: 0 });
    await Promise.all(workers.map((each) => bench.killWorker(each)));
    const other = openReconciler(bench.anotherDatabase(), bench.queue);
    const looks = await Promise.all([
      reconciler.reconcile(),
      other.reconcile(),
      reconciler.reconcile(),
      other.reconcile(),
    ]);
    // What one holds the others pass over; the next look finds it.
    looks.push(await reconciler.reconcile());
    expect(looks.reduce((sum, look) => sum + look.recovered, 0)).toBe(40);
    expect(looks.reduce((sum, look) => sum + look.overdue, 0)).toBe(20);
    const [row] = await bench.database.query<{ unknown: bigint; settled: bigint }>(sql`
      select count(*) as unknown, (select count(*) from ledger_entries where kind = 'settle' and amount_nano = ${RESERVED}
                                      and job_id = any (${claimed.map((job) => job.id.slice(4))}::uuid[])) as settled
        from attempts where state = 'unknown' and job_id = any (${claimed.map((job) => job.id.slice(4))}::uuid[])`);
    expect(row).toEqual({ unknown: 40n, settled: 40n });
  });

  it('ends a recovered job where a cancel was wished, its time is up, or it has ended five workers', async () => {
    const [canceled, late, deadly] = await admitMany(3);
    if (!canceled || !late || !deadly) throw new Error('Not all were admitted.');
    await bench.claim(worker, 3);
    await cancelJob(bench.database, bench.queue, canceled);
    await bench.database.query(
      sql`update live_jobs set deadline_at = clock_timestamp() where job_id = ${late.slice(4)}::uuid`,
    );
    await bench.database.query(sql`update live_jobs set crashes = 4 where job_id = ${deadly.slice(4)}::uuid`);
    await bench.killWorker(worker);
    expect((await reconciler.reconcile()).recovered).toBe(3);
    expect(await bench.read(canceled)).toMatchObject({ status: 'canceled', error: null, cost: { actual: '0.000001' } });
    expect(await bench.read(late)).toMatchObject({ status: 'failed', error: TIMEOUT_ERROR });
    expect(await bench.read(deadly)).toMatchObject({
      status: 'failed',
      error: { code: 'worker_crash_limit', retryable: false },
    });
  });

  it('puts entries back where the queue has lost them', async () => {
    const ids = await admitMany(25, { provider: 'lost' });
    const old = await admitMany(5, { provider: 'other' });
    await until(async () => (await bench.queue.depth('lost')).waiting === 25);
    await until(async () => (await bench.queue.depth('other')).waiting === 5);
    await bench.queue.removeEntries('lost', ids);
    expect((await bench.queue.depth('lost')).waiting).toBe(0);
    // They are new: their entries may still be on their way.
    expect((await reconciler.reconcile()).reenqueued).toBe(0);
    await bench.database.query(sql`update live_jobs set ready_at = ready_at - interval '3 s'`);
    expect((await reconciler.reconcile()).reenqueued).toBe(25);
    expect((await bench.queue.depth('lost')).waiting).toBe(25);
    expect((await reconciler.reconcile()).reenqueued).toBe(0);
    const delivered = new Set<string>();
    const consumer = bench.queue.consumeEntries('lost', {
      concurrency: 5,
      onEntry: async (id) => void delivered.add(id),
    });
    await until(() => delivered.size === 25);
    await consumer.close();
    expect([...delivered].toSorted()).toEqual(ids.toSorted());
    await bench.queue.removeEntries('other', old);
  });

  it('gives recovered jobs an entry at once', async () => {
    const ids = await admitMany(3, { provider: 'third' });
    await until(async () => (await bench.queue.depth('third')).waiting === 3);
    await bench.queue.removeEntries('third', ids);
    await bench.claim(worker, 3, 10, 'third');
    await bench.killWorker(worker);
    await reconciler.reconcile();
    expect((await bench.queue.depth('third')).waiting).toBe(3);
  });

  it('trusts the leases of workers that beat, and takes nothing back from those that have stopped', async () => {
    await bench.admit();
    const [job] = await bench.claim(worker, 1);
    if (!job) throw new Error('Nothing was claimed.');
    expect(await retireWorker(bench.database, worker)).toBe(false);
    await bench.database.query(
      sql`update workers set lease_until = clock_timestamp() + interval '1 ms' where id = ${worker}`,
    );
    expect(await beat(bench.database, worker)).toEqual([{ id: job.id, epoch: 1, cancelRequested: false }]);
    expect((await reconciler.reconcile()).recovered).toBe(0);
    await bench.settler.settle(tryAgain(job, 0));
    expect(await retireWorker(bench.database, worker)).toBe(true);
    expect(await retireWorker(bench.database, worker)).toBe(false);
    expect(await bench.claim(worker, 1)).toEqual([]);
    await expect(beat(bench.database, worker)).rejects.toThrow(LeaseLostError);
  });

  it('lets no worker retire under a claim that nobody awaits any more', async () => {
    await admitMany(2, { provider: 'slow' });
    // The claim is held up inside its transaction, as it is on a busy server.
    const claims = bench.anotherDatabase();
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let claimed: (() => void) | undefined;
    const hasClaimed = new Promise<void>((resolve) => (claimed = resolve));
    const claiming = claims.transaction(async (transaction) => {
      await transaction.query(sql`select job_id from claim_jobs(${worker}, 'slow', 2, 10)`);
      claimed?.();
      await held;
    });
    await hasClaimed;
    const retiring = retireWorker(bench.database, worker);
    await until(async () => (await waitingForLocks()) > 0n);
    release?.();
    await claiming;
    expect(await retiring).toBe(false);
    await bench.killWorker(worker);
    expect((await reconciler.reconcile()).recovered).toBe(2);
  });

  async function waitingForLocks(): Promise<bigint> {
    const [row] = await bench.database.query<{ waiting: bigint }>(
      sql`select count(*) as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return row?.waiting ?? 0n;
  }
});
