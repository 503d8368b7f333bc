import { jobIdFromUuid } from '@switchyard/contract';
import { describeEngines } from '@switchyard/queue/testing';
import { openJobBench, success, type JobBench } from './__fixtures__/job-bench.js';
import { until } from './__fixtures__/until.js';
import { cancelJob } from './cancel-job.js';
import type { ClaimedJob } from './claim-jobs.js';
import type { JobReader } from './read-jobs.js';
import { openReconciler } from './reconcile.js';
import { openJobWaiter, type JobWaiter } from './wait-for-jobs.js';

describeEngines('waiting for jobs', (engine) => {
  let bench: JobBench;
  let worker: number;
  let waiter: JobWaiter;
  let reads = 0;

  beforeAll(async () => {
    bench = await openJobBench(engine);
    worker = await bench.worker();
    waiter = await openJobWaiter(bench.queue, counting(bench.reader));
  });
  afterAll(async () => {
    waiter.close();
    await bench.close();
  });

  function counting(reader: JobReader): JobReader {
    return {
      ...reader,
      read: async (id) => {
        const found = await reader.read(id);
        reads += 1;
        return found;
      },
    };
  }

  async function claimOne(): Promise<ClaimedJob> {
    const [job] = await bench.claim(worker, 1);
    if (!job) throw new Error('Nothing was claimed.');
    return job;
  }

  async function timed<Result>(work: Promise<Result>): Promise<[Result, number]> {
    const start = performance.now();
    return [await work, performance.now() - start];
  }

  it('ends with the signal of a settlement, a cancel, an expiry, long before the timer', async () => {
    const succeeded = await bench.admit();
    const canceled = await bench.admit();
    const expired = await bench.admit({ expiresMs: 0 });
    for (const [id, end] of [
      [succeeded, async () => void (await bench.settler.settle(success(await claimOne())))],
      [canceled, async () => void (await cancelJob(bench.database, bench.queue, canceled))],
      [expired, async () => void (await openReconciler(bench.database, bench.queue).endOverdue())],
    ] as const) {
      reads = 0;
      const waiting = timed(waiter.wait(id, 30_000));
      await until(() => reads === 1);
      await end();
      const [found, took] = await waiting;
      expect(found?.job.status).not.toBe('queued');
      // Two looks: the one before the signal and the one after it.
      expect({ reads, fast: took < 900 }).toEqual({ reads: 2, fast: true });
    }
  });

  it('ends by its timer where signals are lost', async () => {
    const deaf = await openJobWaiter(
      { subscribe: async () => () => undefined } as unknown as typeof bench.queue,
      bench.reader,
    );
    const id = await bench.admit();
    const waiting = timed(deaf.wait(id, 30_000));
    await bench.settler.settle(success(await claimOne()));
    const [found, took] = await waiting;
    expect(found?.job.status).toBe('succeeded');
    expect(took).toBeLessThan(2_500);
    deaf.close();
  });

  it('goes on for those who wait when the queue is closed under them', async () => {
    const lone = await openJobBench(engine);
    const other = await openJobWaiter(lone.queue, lone.reader);
    const id = await lone.admit();
    const waiting = other.wait(id, 30_000);
    await lone.queue.close();
    const [job] = await lone.claim(await lone.worker());
    if (!job) throw new Error('Nothing was claimed.');
    await lone.settler.settle(success(job));
    expect((await waiting)?.job.status).toBe('succeeded');
    other.close();
    await lone.close();
  });

  it('wakes all who wait for one job, and reads it once for all of them', async () => {
    const id = await bench.admit();
    reads = 0;
    const waiting = Promise.all(Array.from({ length: 300 }, () => waiter.wait(id, 30_000)));
    await until(() => reads === 300);
    const [, took] = await timed(bench.settler.settle(success(await claimOne())).then(() => waiting));
    expect((await waiting).map((found) => found?.job.status)).toEqual(Array.from({ length: 300 }, () => 'succeeded'));
    expect(took).toBeLessThan(900);
  });

  it('ends when its time is up, when it is given up, and at once for what has ended or never was', async () => {
    const id = await bench.admit();
    const [early, took] = await timed(waiter.wait(id, 50));
    expect(early?.job.status).toBe('queued');
    expect(took).toBeLessThan(900);
    const left = new AbortController();
    const abandoned = timed(waiter.wait(id, 30_000, left.signal));
    left.abort();
    expect((await abandoned)[1]).toBeLessThan(900);
    expect((await waiter.wait(id, 30_000, AbortSignal.abort()))?.job.status).toBe('queued');
    await bench.settler.settle(success(await claimOne()));
    expect((await waiter.wait(id, 30_000))?.job.status).toBe('succeeded');
    expect(await waiter.wait(jobIdFromUuid('0193a5b2-c4d8-7f3e-9a1b-2c3d4e5f6071'), 30_000)).toBeUndefined();
  });
});
