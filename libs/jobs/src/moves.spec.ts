import { nanoUsd, type JobId } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { describeEngines } from '@switchyard/queue/testing';
import { moveOn, openJobBench, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { until } from './__fixtures__/until.js';
import { cancelJob } from './cancel-job.js';
import type { ClaimedJob } from './claim-jobs.js';
import { openReconciler } from './reconcile.js';
import { openSettler } from './settle-attempts.js';

describeEngines('a job that goes on at the next target of its plan', (engine) => {
  let bench: JobBench;
  let worker: number;
  let specs = 0;
  let first: string;
  let second: string;

  beforeAll(async () => {
    bench = await openJobBench(engine);
  }, 60_000);
  afterAll(() => bench.close());
  beforeEach(async () => {
    worker = await bench.worker();
    specs += 1;
    [first, second] = [`first-${specs}`, `second-${specs}`];
  });
  afterEach(async () => {
    expect(await bench.database.query(sql`select job_id from live_jobs`)).toEqual([]);
    expect(await bench.ledger()).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
    await bench.database.query(sql`select write_budgets('[]'::json)`);
  });

  /** A job with a target at each of these, the later the dearer. */
  const admit = (...providers: string[]): Promise<JobId> =>
    bench.admit({
      provider: first,
      model: 'm0',
      priority: 3,
      plan: bench.plan(...providers.map((name, index) => [name, `m${index}`, BigInt(1_000 + index * 500)] as const)),
    });

  async function claimOne(provider: string): Promise<ClaimedJob> {
    const [job, ...others] = await bench.claim(worker, 10, 100, provider);
    if (!job || others.length > 0)
      throw new Error(`${others.length + (job ? 1 : 0)} jobs were claimed of ${provider}.`);
    return job;
  }

  it('is claimed there, with its model, reservation and tries, and shows what became of each target', async () => {
    const id = await admit(first, second, 'unused');
    await bench.settler.settle(tryAgain(await claimOne(first), 0));
    const tried = await claimOne(first);
    expect(tried).toMatchObject({ target: 0, tries: 1, moves: [] });
    expect(await bench.settler.settle(moveOn(tried))).toBe('moved');
    expect(await bench.read(id)).toMatchObject({ status: 'queued', provider: second, model: 'm1' });
    expect(await bench.claim(worker, 10, 100, first)).toEqual([]);

    const moved = await claimOne(second);
    const error = { code: 'bad_response', message: 'gone' };
    expect(moved).toMatchObject({
      id,
      target: 1,
      moves: [error],
      model: 'm1',
      reserved: 1_500n,
      tries: 0,
      waits: 0,
      attempt: 3,
      epoch: 3,
    });
    expect((await bench.read(id)).plan).toMatchObject([
      { provider: first, model: 'm0', status: 'left', error },
      { provider: second, model: 'm1', status: 'current', error: null },
      { provider: 'unused', model: 'm2', status: 'ahead' },
    ]);
    await bench.settler.settle(success(moved));
    const ended = await bench.read(id);
    expect(ended).toMatchObject({ status: 'succeeded', provider: second, model: 'm1' });
    expect(ended.plan.map(({ status }) => status)).toEqual(['left', 'succeeded', 'unused']);
    expect(ended.attempts.map(({ provider, model, outcome }) => [provider, model, outcome])).toEqual([
      [first, 'm0', 'failed'],
      [first, 'm0', 'failed'],
      [second, 'm1', 'succeeded'],
    ]);
  });

  it('gets an entry on the queue of that provider', async () => {
    await admit(first, second);
    await bench.settler.settle(moveOn(await claimOne(first)));
    await until(async () => (await bench.queue.depth(second)).waiting === 1);
    await bench.settler.settle(success(await claimOne(second)));
  });

  it('gets another by the reconciler where the queue lost it', async () => {
    await bench.untilLeasesCount();
    await admit(first, second);
    await bench.settler.settle(moveOn(await claimOne(first)));
    let lost = 0;
    const consumer = bench.queue.consumeEntries(second, { concurrency: 1, onEntry: async () => void (lost += 1) });
    await until(() => lost === 1);
    await consumer.close();
    // As if it had waited there for a while.
    await bench.database.query(sql`update live_jobs set ready_at = ready_at - interval '1 minute'`);
    await openReconciler(bench.database, bench.queue).reconcile();
    expect((await bench.queue.depth(second)).waiting).toBe(1);
    await bench.settler.settle(success(await claimOne(second)));
  }, 30_000);

  it('fails where its plan is at its end, or is gone', async () => {
    const id = await admit(first);
    expect(await bench.settler.settle(moveOn(await claimOne(first)))).toBe('ended');
    expect(await bench.read(id)).toMatchObject({ status: 'failed', error: { code: 'bad_response' } });
    const lost = await admit(first, second);
    const job = await claimOne(first);
    await bench.database.query(sql`delete from job_payloads where job_id = ${lost.slice(4)}::uuid`);
    expect(await bench.settler.settle(moveOn(job))).toBe('ended');
    expect(await bench.read(lost)).toMatchObject({ status: 'failed', plan: [] });
  });

  it('fails with what its settlement says of the job, while the attempt keeps its own error', async () => {
    const id = await admit(first);
    const jobError = {
      type: 'provider_error',
      code: 'all_providers_failed',
      message: 'All.',
      retryable: true,
    } as const;
    await bench.settler.settle({ ...moveOn(await claimOne(first)), jobError, then: { outcome: 'failed' } });
    expect(await bench.read(id)).toMatchObject({
      error: jobError,
      attempts: [{ error: { code: 'bad_response' } }],
      plan: [{ status: 'failed', error: jobError }],
    });
  });

  it('ends canceled where its client wished that meanwhile, and changes nothing in the hands of a stale worker', async () => {
    const id = await admit(first, second);
    const job = await claimOne(first);
    expect(await bench.settler.settle(moveOn({ ...job, epoch: 7 }))).toBe('stale');
    await cancelJob(bench.database, bench.queue, id);
    expect(await bench.settler.settle(moveOn(job))).toBe('ended');
    expect(await bench.read(id)).toMatchObject({ status: 'canceled', provider: first });
    const moved = await admit(first, second);
    const stale = await claimOne(first);
    await bench.settler.settle(moveOn(stale));
    expect(await bench.settler.settle(success(stale))).toBe('stale');
    expect(await cancelJob(bench.database, bench.queue, moved)).toBe('canceled');
  });

  it('leaves a limit that was told in fractions of a second, and whose gate is shut for others', async () => {
    const error = { type: 'provider_error', code: 'rate_limited', message: 'slow', retryable: true } as const;
    const limited = await admit(first, second);
    const behind = await admit(first, second);
    const [job] = await bench.claim(worker, 1, 100, first);
    if (job?.id !== limited) throw new Error('Another job was claimed.');
    expect(await bench.settler.settle({ ...moveOn(job), error: { ...error, retryAfterSeconds: 61.0015 } })).toBe(
      'moved',
    );
    expect(await bench.claim(worker, 1, 100, first)).toEqual([]);
    expect(await cancelJob(bench.database, bench.queue, behind)).toBe('canceled');
    await bench.settler.settle(success(await claimOne(second)));
  });

  it('stays at its target when its worker dies', async () => {
    await admit(first, second);
    await bench.settler.settle(moveOn(await claimOne(first)));
    await claimOne(second);
    await bench.killWorker(worker);
    await bench.database.query(sql`select job_id from recover_jobs(5, '{}', '{}', '{}')`);
    worker = await bench.worker();
    const again = await claimOne(second);
    expect(again).toMatchObject({ target: 1, crashes: 1, reserved: 1_500n });
    await bench.settler.settle(success(again));
  });

  it('is sent there mended no more', async () => {
    const mend = { parameter: 'top_p' };
    await admit(first, second);
    const refused = {
      ...tryAgain(await claimOne(first), 0),
      then: { outcome: null, parkMs: 0, countsAs: 'nothing', mend },
    };
    await bench.settler.settle(refused as ReturnType<typeof tryAgain>);
    const mended = await claimOne(first);
    expect(mended).toMatchObject({ mend, tries: 0 });
    await bench.settler.settle(tryAgain(mended, 0));
    const again = await claimOne(first);
    expect(again).toMatchObject({ mend });
    await bench.settler.settle(moveOn(again));
    const moved = await claimOne(second);
    expect(moved.mend).toBeNull();
    await bench.settler.settle(success(moved));
  });

  describe('with a budget', () => {
    async function budget(model: string, dailyNano: number, rule: 'block' | 'wait'): Promise<void> {
      const row = { name: 'b', model, time_zone: 'UTC', daily_nano: dailyNano, alert_ppm: 800_000, rule };
      await bench.database.query(sql`select write_budgets(${JSON.stringify([row])}::json)`);
    }

    it('ends where the dearer target has no room in one that blocks', async () => {
      await budget('m1', 1_499, 'block');
      const id = await admit(first, second);
      expect(await bench.settler.settle(moveOn(await claimOne(first)))).toBe('moved');
      expect(await bench.claim(worker, 10, 100, second)).toEqual([]);
      expect(await bench.read(id)).toMatchObject({
        status: 'failed',
        error: { type: 'budget_exceeded', budget: 'b' },
        cost: { actual: '0.00' },
      });
    });

    it('waits where it lets wait, and reserves on the budget of its own model alone', async () => {
      await budget('m1', 1_500, 'wait');
      const [held, id] = [await admit(first, second), await admit(first, second)];
      const jobs = await bench.claim(worker, 10, 100, first);
      for (const job of jobs) await bench.settler.settle(moveOn(job));
      const [running] = await bench.claim(worker, 10, 100, second);
      expect(running).toMatchObject({ id: held });
      expect((await bench.read(id)).waiting).toMatchObject({ for: 'budget' });
      if (running) await bench.settler.settle({ ...success(running), cost: nanoUsd(0n) });
      await bench.database.query(sql`select fold_budgets(100)`);
      await bench.database.query(sql`select release_waiting(100)`);
      await bench.settler.settle(success(await claimOne(second)));
    });
  });

  it('makes the lanes of two groups that move at once in one order', async () => {
    const others = [bench.anotherDatabase(), bench.anotherDatabase()].map((database) =>
      openSettler(database, bench.queue),
    );
    for (let round = 0; round < 5; round += 1) {
      const targets = Array.from({ length: 8 }, (_, place) => `${second}-${round}-${place}`);
      // Each group moves to the same new lanes, in the opposite order of its jobs.
      for (const names of [targets, targets.toReversed()]) for (const name of names) await admit(first, name);
      const jobs = await bench.claim(worker, 16, 100, first);
      const verdicts = await Promise.all(
        others.flatMap((settler, group) => {
          const own = jobs.toSorted((one, other) => (one.id < other.id ? -1 : 1)).slice(group * 8, group * 8 + 8);
          return own.map((job) => settler.settle(moveOn(job)));
        }),
      );
      expect(new Set(verdicts)).toEqual(new Set(['moved']));
      for (const name of targets) {
        for (const job of await bench.claim(worker, 10, 100, name)) await bench.settler.settle(success(job));
      }
    }
  });
});
