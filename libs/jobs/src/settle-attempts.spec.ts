import { nanoUsd } from '@switchyard/contract';
import { isUnavailable, sql } from '@switchyard/database';
import { openJobBench, RESERVED, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { cancelJob } from './cancel-job.js';
import type { ClaimedJob } from './claim-jobs.js';
import { openSettler } from './settle-attempts.js';

describe('the settlement of attempts', () => {
  let bench: JobBench;
  let worker: number;

  beforeAll(async () => {
    bench = await openJobBench();
  });
  afterAll(() => bench.close());
  beforeEach(async () => {
    worker = await bench.worker();
  });
  afterEach(async () => {
    expect(await bench.database.query(sql`select job_id from live_jobs`)).toEqual([]);
    expect(await bench.ledger()).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
  });

  async function claimMany(count: number): Promise<ClaimedJob[]> {
    const jobs = await bench.claim(worker, count, 10_000);
    if (jobs.length !== count) throw new Error(`${jobs.length} jobs were claimed, not ${count}.`);
    return jobs;
  }

  async function claimOne(): Promise<ClaimedJob> {
    const [job] = await claimMany(1);
    if (!job) throw new Error('Nothing was claimed.');
    return job;
  }

  /** All that there is of a job, except what waits for it. */
  async function rowsOf(job: ClaimedJob): Promise<unknown> {
    const id = job.id.slice(4);
    return {
      jobs: await bench.database.query(sql`select * from jobs where id = ${id}::uuid`),
      live: await bench.database.query(sql`select * from live_jobs where job_id = ${id}::uuid`),
      attempts: await bench.database.query(sql`select * from attempts where job_id = ${id}::uuid order by number`),
      ledger: await bench.database.query(sql`select * from ledger_entries where job_id = ${id}::uuid order by id`),
      results: await bench.database.query(sql`select * from job_results where job_id = ${id}::uuid`),
      calls: await bench.database.query(sql`select * from calls order by id`),
    };
  }

  const LARGE = 'x'.repeat(100_000);

  it.each([
    ['of an older epoch', (job: ClaimedJob) => ({ ...job, epoch: job.epoch - 1 })],
    ['of an epoch to come', (job: ClaimedJob) => ({ ...job, epoch: job.epoch + 1 })],
    ['of another worker', (job: ClaimedJob) => ({ ...job, workerId: job.workerId + 1 })],
  ])('changes nothing when it is %s', async (_, forge) => {
    await bench.admit();
    const job = await claimOne();
    const before = await rowsOf(job);
    expect(await bench.settler.settle(success(forge(job)))).toBe('stale');
    expect(await bench.settler.settle(success(forge(job), LARGE))).toBe('stale');
    expect(await bench.settler.settle(tryAgain(forge(job), 0))).toBe('stale');
    expect(await rowsOf(job)).toEqual(before);
    await bench.settler.settle(success(job));
  });

  it('happens once, however often it is sent', async () => {
    await bench.admit();
    const job = await claimOne();
    const other = openSettler(bench.anotherDatabase(), bench.queue);
    const verdicts = await Promise.all(
      [bench.settler, other, bench.settler, other].map((settler) => settler.settle(success(job))),
    );
    expect(verdicts.toSorted()).toEqual(['ended', 'stale', 'stale', 'stale']);
    const after = await rowsOf(job);
    expect(await bench.settler.settle({ ...success(job), cost: nanoUsd(9n) })).toBe('stale');
    expect(await bench.settler.settle(success(job, LARGE))).toBe('stale');
    expect(await rowsOf(job)).toEqual(after);
  });

  it('goes in groups, each row by itself: ended, put back, canceled, stale', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => bench.admit()));
    const jobs = await claimMany(5);
    const [ended, failed, again, canceled, stale] = ids.map((id) => jobs.find((job) => job.id === id));
    if (!ended || !failed || !again || !canceled || !stale) throw new Error('Not all were claimed.');
    await cancelJob(bench.database, bench.queue, canceled.id);
    const verdicts = await Promise.all([
      bench.settler.settle(success(ended)),
      bench.settler.settle({ ...tryAgain(failed, 0), then: { outcome: 'failed' } }),
      bench.settler.settle(tryAgain(again, 0)),
      bench.settler.settle(tryAgain(canceled, 0)),
      bench.settler.settle(success({ ...stale, epoch: 7 })),
    ]);
    expect(verdicts).toEqual(['ended', 'ended', 'requeued', 'ended', 'stale']);
    const statuses = await Promise.all(ids.map(async (id) => (await bench.read(id)).status));
    expect(statuses).toEqual(['succeeded', 'failed', 'queued', 'canceled', 'running']);
    await bench.settler.settle(success(await claimOne()));
    await bench.settler.settle(success(stale));
  });

  it.each([
    ['older', [0, 1], ['stale', 'ended']],
    ['newer', [1, 0], ['ended', 'stale']],
  ])('judges two epochs of one job in one group each by itself, the %s first', async (_, order, expected) => {
    await bench.admit();
    const older = await claimOne();
    await bench.settler.settle(tryAgain(older, 0));
    const epochs = [older, await claimOne()];
    const settlements = order.flatMap((index) => epochs[index] ?? []).map((job) => success(job));
    expect(await Promise.all(settlements.map((settlement) => bench.settler.settle(settlement)))).toEqual(expected);
  });

  it('fails alone when the database refuses it, and may then be sent in another form', async () => {
    await Promise.all([bench.admit(), bench.admit()]);
    const [bad, good] = await claimMany(2);
    if (!bad || !good) throw new Error('Not all were claimed.');
    const usage = { promptTokens: 5_000_000_000, completionTokens: 0, totalTokens: 5_000_000_000 };
    const [refused, taken] = await Promise.allSettled([
      bench.settler.settle({ ...success(bad), usage }),
      bench.settler.settle(success(good)),
    ]);
    expect(taken).toEqual({ status: 'fulfilled', value: 'ended' });
    expect(refused.status === 'rejected' && isUnavailable(refused.reason)).toBe(false);
    expect((await bench.read(bad.id)).status).toBe('running');
    expect(await bench.settler.settle(success(bad))).toBe('ended');
  });

  it.each([
    ['nothing', 0n, ['reserve 1000', 'settle 0', 'release 1000']],
    ['less than was reserved', 400n, ['reserve 1000', 'settle 400', 'release 600']],
    ['what was reserved', RESERVED, ['reserve 1000', 'settle 1000']],
    ['more', 10n ** 15n, ['reserve 1000', 'overrun 999999999999000', 'settle 1000000000000000']],
    ['who knows what', null, ['reserve 1000', 'settle 1000']],
  ])('books to the nano-dollar where it costs %s', async (_, cost, postings) => {
    await bench.admit();
    const job = await claimOne();
    await bench.settler.settle({ ...success(job), cost: cost === null ? null : nanoUsd(cost) });
    const lines = await bench.database.query<{ posting: string; moved: string }>(sql`
      select kind || ' ' || amount_nano as posting, credit || ' to ' || debit as moved
        from ledger_entries where job_id = ${job.id.slice(4)}::uuid order by id`);
    expect(lines.map(({ posting }) => posting)).toEqual(postings);
    const accounts = { reserve: 'available to reserved', overrun: 'available to reserved' } as const;
    const others = { settle: 'reserved to spent', release: 'reserved to available' } as const;
    for (const { posting, moved } of lines) {
      expect({ ...accounts, ...others }[posting.split(' ')[0] ?? '']).toBe(moved);
    }
  });

  it('cannot change what the ledger says', async () => {
    await bench.admit();
    await bench.settler.settle(success(await claimOne()));
    await expect(bench.database.query(sql`update ledger_entries set amount_nano = 0`)).rejects.toThrow('append only');
    await expect(bench.database.query(sql`delete from ledger_entries`)).rejects.toThrow('append only');
  });

  it('writes a large result first, once, and only for the epoch that holds the job', async () => {
    await bench.admit();
    const job = await claimOne();
    const lost = bench.anotherDatabase();
    // The settlement that points to it never arrives: the result is stored, and may be stored again.
    await lost.query(sql`select store_result(${job.id.slice(4)}::uuid, ${worker}, 1, 'first', null, null)`);
    expect(await bench.settler.settle(success(job, LARGE))).toBe('ended');
    expect(
      await bench.database.query(sql`select epoch from job_results where job_id = ${job.id.slice(4)}::uuid`),
    ).toEqual([{ epoch: 1 }]);
  });

  it('puts a job back whose attempts wait for a limit, counting waits and tries apart', async () => {
    await bench.admit();
    const settlement = tryAgain(await claimOne(), 0);
    await bench.settler.settle({ ...settlement, then: { outcome: null, parkMs: 0, countsAs: 'wait' } });
    const second = await claimOne();
    expect(second).toMatchObject({ tries: 0, waits: 1, crashes: 0, epoch: 2, attempt: 2 });
    await bench.settler.settle(tryAgain(second, 0.4));
    await bench.database.query(sql`update live_jobs set ready_at = clock_timestamp()`);
    const third = await claimOne();
    expect(third).toMatchObject({ tries: 1, waits: 1, crashes: 0, epoch: 3, attempt: 3 });
    await bench.settler.settle({ ...tryAgain(third, 0), then: { outcome: null, parkMs: 0, countsAs: 'nothing' } });
    const fourth = await claimOne();
    expect(fourth).toMatchObject({ tries: 1, waits: 1, epoch: 4 });
    expect(fourth.remainingMs).toBeLessThan(600_000);
    await bench.settler.settle(success(fourth));
    const calls = await bench.database.query<{ state: string }>(sql`
      select c.state from attempts a join calls c on c.id = a.call_id
       where a.job_id = ${fourth.id.slice(4)}::uuid order by a.number`);
    expect(calls.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed', 'answered']);
  });
});
