import { sql } from '@switchyard/database';
import { openJobBench, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { cancelJob } from './cancel-job.js';
import type { ClaimedJob } from './claim-jobs.js';
import { openReconciler, TIMEOUT_ERROR, type Reconciler } from './reconcile.js';

describe('jobs that are out of time', () => {
  let bench: JobBench;
  let worker: number;
  let reconciler: Reconciler;

  beforeAll(async () => {
    bench = await openJobBench();
    reconciler = openReconciler(bench.database, bench.queue);
    worker = await bench.worker();
  });
  afterAll(() => bench.close());
  afterEach(async () => {
    expect(await bench.database.query(sql`select job_id from live_jobs`)).toEqual([]);
    expect(await bench.ledger()).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
  });

  async function claimOne(): Promise<ClaimedJob> {
    const [job] = await bench.claim(worker);
    if (!job) throw new Error('Nothing was claimed.');
    return job;
  }

  it('expire when nobody claimed them, from the end of their delay on', async () => {
    const soon = await bench.admit({ expiresMs: 0 });
    const delayed = await bench.admit({ expiresMs: 0, delayMs: 60_000 });
    const later = await bench.admit({ expiresMs: 60_000 });
    expect(await reconciler.endOverdue()).toBe(1);
    expect(await bench.read(soon)).toMatchObject({ status: 'expired', error: null, startedAt: null, waiting: null });
    expect((await bench.read(delayed)).status).toBe('queued');
    await bench.database.query(sql`update live_jobs set expires_at = clock_timestamp() where parked`);
    expect(await reconciler.endOverdue()).toBe(1);
    expect((await bench.read(delayed)).status).toBe('expired');
    await bench.settler.settle(success(await claimOne()));
    expect((await bench.read(later)).status).toBe('succeeded');
  });

  it('do not expire any more once they were claimed', async () => {
    const id = await bench.admit({ expiresMs: 10_000 });
    const job = await claimOne();
    await bench.database.query(sql`update live_jobs set expires_at = clock_timestamp() - interval '1 s'`);
    expect(await reconciler.endOverdue()).toBe(0);
    await bench.settler.settle(tryAgain(job, 0));
    expect(await reconciler.endOverdue()).toBe(0);
    await bench.settler.settle(success(await claimOne()));
    expect((await bench.read(id)).status).toBe('succeeded');
  });

  it('fail while they are queued for a further attempt', async () => {
    const ids = [await bench.admit(), await bench.admit()];
    for (const [index, job] of (await bench.claim(worker)).entries()) {
      await bench.settler.settle(tryAgain(job, index === 0 ? 0 : 3_600_000));
    }
    expect(await reconciler.endOverdue()).toBe(0);
    await bench.database.query(sql`update live_jobs set deadline_at = clock_timestamp()`);
    expect(await bench.claim(worker)).toEqual([]);
    expect(await reconciler.endOverdue()).toBe(2);
    for (const id of ids) {
      expect(await bench.read(id)).toMatchObject({ status: 'failed', error: TIMEOUT_ERROR, attempts: [{ number: 1 }] });
    }
  });

  it('are left to their worker while they run', async () => {
    await bench.admit({ timeoutMs: 1 });
    const job = await claimOne();
    expect(job.remainingMs).toBe(1);
    await bench.database.query(sql`update live_jobs set deadline_at = clock_timestamp() - interval '1 s'`);
    expect(await reconciler.endOverdue()).toBe(0);
    await bench.settler.settle({ ...tryAgain(job, 0), error: TIMEOUT_ERROR, then: { outcome: 'failed' } });
  });

  it('end once, also with two reconcilers and a cancel at once', async () => {
    const ids = await Promise.all(Array.from({ length: 60 }, () => bench.admit({ expiresMs: 0 })));
    const other = openReconciler(bench.anotherDatabase(), bench.queue);
    const [here, there, ...canceled] = await Promise.all([
      reconciler.endOverdue(),
      other.endOverdue(),
      ...ids.slice(0, 20).map((id) => cancelJob(bench.database, bench.queue, id)),
    ]);
    // What one has locked the other passes over, to be found by the next look.
    const left = await reconciler.endOverdue();
    expect(here + there + left + canceled.filter((verdict) => verdict === 'canceled').length).toBe(60);
    const statuses = await Promise.all(ids.map(async (id) => (await bench.read(id)).status));
    expect(statuses.filter((status) => status === 'expired').length).toBe(here + there + left);
  });
});
