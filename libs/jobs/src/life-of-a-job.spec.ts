import { jobIdFromUuid, nanoUsd } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { describeEngines } from '@switchyard/queue/testing';
import { openJobBench, RESERVED, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { cancelJob } from './cancel-job.js';
import type { ClaimedJob } from './claim-jobs.js';
import { beat, LeaseLostError } from './lease.js';
import { openReconciler } from './reconcile.js';
import { writeResult } from './stored-result.js';
import { openJobWaiter } from './wait-for-jobs.js';

describeEngines('the life of a job', (engine) => {
  let bench: JobBench;
  let worker: number;

  beforeAll(async () => {
    bench = await openJobBench(engine);
    await bench.untilLeasesCount();
  }, 60_000);
  afterAll(() => bench.close());
  beforeEach(async () => {
    worker = await bench.worker();
  });
  afterEach(async () => {
    // Every spec ends its jobs, and then nothing is held and every attempt adds up.
    expect(await bench.database.query(sql`select job_id from live_jobs`)).toEqual([]);
    expect(await bench.ledger()).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
  });

  async function claimOne(): Promise<ClaimedJob> {
    const [job, ...more] = await bench.claim(worker);
    if (!job || more.length > 0) throw new Error(`${more.length + (job ? 1 : 0)} jobs were claimed instead of one.`);
    return job;
  }

  it('is admitted, claimed, settled and read', async () => {
    const id = await bench.admit();
    expect(await bench.read(id)).toMatchObject({
      status: 'queued',
      waiting: { for: 'worker' },
      attempts: [],
      result: null,
    });
    const job = await claimOne();
    expect(job).toMatchObject({ id, epoch: 1, attempt: 1, reserved: RESERVED, tries: 0, crashes: 0 });
    expect(await bench.read(id)).toMatchObject({
      status: 'running',
      waiting: null,
      attempts: [{ number: 1, outcome: null, cost: null }],
    });
    expect(await bench.settler.settle(success(job))).toBe('ended');
    expect(await bench.read(id)).toMatchObject({
      status: 'succeeded',
      provider: 'openai',
      model: 'gpt-4',
      result: { content: 'an answer', finishReason: 'stop' },
      error: null,
      cost: { estimated: '0.000001', actual: '0.0000007', currency: 'USD' },
      attempts: [
        {
          number: 1,
          outcome: 'succeeded',
          cost: '0.0000007',
          usage: { promptTokens: 3, completionTokens: 4, totalTokens: 7 },
        },
      ],
      userId: 'user-1',
      metadata: { colour: 'red' },
    });
  });

  it('is one job however often it is admitted', async () => {
    const job = bench.job();
    const moments = [await bench.admission.admit(job), await bench.admission.admit(job)];
    expect(moments[0]).toEqual(moments[1]);
    await bench.settler.settle(success(await claimOne()));
    expect(await bench.claim(worker)).toEqual([]);
  });

  it('waits for its delay, and expires when nobody claims it in time', async () => {
    const delayed = await bench.admit({ delayMs: 150 });
    const expiring = await bench.admit({ expiresMs: 1 });
    expect(await bench.read(delayed)).toMatchObject({ status: 'queued', waiting: { for: 'delay' } });
    expect(await bench.claim(worker)).toEqual([]);
    const reconciler = openReconciler(bench.database, bench.queue);
    expect(await reconciler.endOverdue()).toBe(1);
    expect(await bench.read(expiring)).toMatchObject({ status: 'expired', attempts: [], cost: { actual: '0.00' } });
    const job = await eventually(claimOne);
    expect(job.id).toBe(delayed);
    await bench.settler.settle(success(job));
  });

  it('is canceled while it is queued, and never runs', async () => {
    const id = await bench.admit();
    expect(await cancelJob(bench.database, bench.queue, id)).toBe('canceled');
    expect(await cancelJob(bench.database, bench.queue, id)).toBe('ended');
    expect(await bench.claim(worker)).toEqual([]);
    expect(await bench.read(id)).toMatchObject({ status: 'canceled', attempts: [], cost: { actual: '0.00' } });
  });

  it('takes the wish to be canceled to the settlement of a running attempt', async () => {
    const id = await bench.admit();
    const job = await claimOne();
    expect(await cancelJob(bench.database, bench.queue, id)).toBe('running');
    expect(await beat(bench.database, worker)).toEqual([{ id, epoch: 1, cancelRequested: true }]);
    expect(await bench.settler.settle(tryAgain(job, 0))).toBe('ended');
    expect(await bench.read(id)).toMatchObject({ status: 'canceled', error: null });
  });

  it('is tried again with an attempt of its own, which reserves anew', async () => {
    const id = await bench.admit();
    await bench.settler.settle(tryAgain(await claimOne(), 100));
    expect(await bench.claim(worker)).toEqual([]);
    expect(await bench.read(id)).toMatchObject({ status: 'queued', waiting: { for: 'delay' } });
    const second = await eventually(claimOne);
    expect(second).toMatchObject({ attempt: 2, epoch: 2, tries: 1 });
    await bench.settler.settle(success(second));
    expect((await bench.read(id)).attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'succeeded']);
    const lines = await bench.database.query<{ kind: string }>(
      sql`select kind from ledger_entries where job_id = ${id.slice(4)}::uuid order by id`,
    );
    expect(lines.map(({ kind }) => kind)).toEqual(['reserve', 'settle', 'release', 'reserve', 'settle', 'release']);
  });

  it('books what passes the reservation as overrun', async () => {
    const id = await bench.admit();
    await bench.settler.settle({ ...success(await claimOne()), cost: nanoUsd(RESERVED + 5n) });
    const lines = await bench.database.query<{ kind: string; amount_nano: bigint }>(
      sql`select kind, amount_nano from ledger_entries where job_id = ${id.slice(4)}::uuid order by id`,
    );
    expect(lines).toEqual([
      { kind: 'reserve', amount_nano: 1000n },
      { kind: 'overrun', amount_nano: 5n },
      { kind: 'settle', amount_nano: 1005n },
    ]);
  });

  it('is taken back from a dead worker, whose late write changes nothing', async () => {
    const id = await bench.admit();
    const first = await claimOne();
    await bench.killWorker(worker);
    const reconcilers = [
      openReconciler(bench.database, bench.queue),
      openReconciler(bench.anotherDatabase(), bench.queue),
    ];
    const recovered = await Promise.all(reconcilers.map((each) => each.reconcile()));
    expect(recovered.reduce((sum, each) => sum + each.recovered, 0)).toBe(1);
    expect(await bench.settler.settle(success(first, 'too late'))).toBe('stale');
    await expect(beat(bench.database, worker)).rejects.toThrow(LeaseLostError);
    expect(await bench.claim(worker)).toEqual([]);
    worker = await bench.worker();
    const second = await claimOne();
    expect(second).toMatchObject({ id, epoch: 2, attempt: 2, crashes: 1 });
    expect(await bench.settler.settle(success(first, 'too late'))).toBe('stale');
    await bench.settler.settle(success(second));
    expect(await bench.read(id)).toMatchObject({
      result: { content: 'an answer' },
      attempts: [{ outcome: 'unknown', cost: '0.000001', estimated: true }, { outcome: 'succeeded' }],
      cost: { actual: '0.0000017' },
    });
  });

  it('fails once it has ended five workers', async () => {
    const id = await bench.admit();
    for (let crash = 1; crash <= 5; crash += 1) {
      await claimOne();
      await bench.killWorker(worker);
      await openReconciler(bench.database, bench.queue).reconcile();
      worker = await bench.worker();
    }
    expect(await bench.read(id)).toMatchObject({
      status: 'failed',
      error: { code: 'worker_crash_limit' },
      cost: { actual: '0.000005' },
    });
  });

  it('keeps a large result, embeddings to the last bit of a float32, and the answer of its own epoch only', async () => {
    const large = 'x'.repeat(100_000);
    const id = await bench.admit();
    await bench.settler.settle(success(await claimOne(), large));
    expect((await bench.read(id)).result).toMatchObject({ content: large });

    const vector = [0.1, -1e-7, 3.4028234663852886e38, 1 / 3].map(Math.fround);
    const embedding = await bench.admit({ type: 'embedding' });
    const usage = { promptTokens: 1, completionTokens: 0, totalTokens: 1 };
    const result = writeResult({ embeddings: [vector, vector], dimensions: 4, usage }, undefined);
    await bench.settler.settle({ ...success(await claimOne()), then: { outcome: 'succeeded', result } });
    const read = (await bench.read(embedding)).result;
    const vectors = read && 'embeddings' in read ? read.embeddings : [];
    expect(vectors.map((each) => each.map(Math.fround))).toEqual([vector, vector]);
  });

  it('wakes whoever waits for it', async () => {
    const waiter = await openJobWaiter(bench.queue, bench.reader);
    const id = await bench.admit();
    const waiting = Promise.all(Array.from({ length: 20 }, () => waiter.wait(id, 10_000)));
    await bench.settler.settle(success(await claimOne()));
    expect((await waiting).map((found) => found?.job.status)).toEqual(Array.from({ length: 20 }, () => 'succeeded'));
    const left = new AbortController();
    const other = await bench.admit();
    const abandoned = waiter.wait(other, 60_000, left.signal);
    left.abort();
    expect((await abandoned)?.job.status).toBe('queued');
    expect((await waiter.wait(other, 0))?.job.status).toBe('queued');
    expect(await waiter.wait(jobIdFromUuid('0193a5b2-c4d8-7f3e-9a1b-2c3d4e5f6071'), 10_000)).toBeUndefined();
    await cancelJob(bench.database, bench.queue, other);
    waiter.close();
  });
});

async function eventually<Result>(attempt: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
