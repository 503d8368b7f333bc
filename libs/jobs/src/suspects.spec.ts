import type { JobId } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { openJobBench, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { cancelJob } from './cancel-job.js';
import { claimJobs, type ClaimedJob } from './claim-jobs.js';

/** A job that has ended two workers runs alone in its process, so that it takes no neighbours with it. */
describe('a job that ends its workers', () => {
  let bench: JobBench;
  /** Workers of other specs are of other kinds, and none sees another's lanes. */
  let provider: string;
  let specs = 0;

  beforeAll(async () => {
    bench = await openJobBench();
  });
  afterAll(() => bench.close());
  beforeEach(async () => {
    await bench.database.query(sql`update workers set stopped_at = clock_timestamp() where stopped_at is null`);
    provider = `suspect-${(specs += 1)}`;
  });
  afterEach(async () => {
    await bench.database.query(sql`update workers set lease_until = now() - interval '1 s', stopped_at = null`);
    await bench.database.query(sql`select cancel_job(job_id) from live_jobs`);
    await bench.database.query(sql`select recover_jobs(1, '{}', '{}', '{}')`);
    expect(await bench.database.query(sql`select job_id from live_jobs`)).toEqual([]);
    expect(await bench.ledger()).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
  });

  const admit = (count = 1, of = provider): Promise<JobId[]> =>
    Promise.all(Array.from({ length: count }, () => bench.admit({ provider: of })));
  const claim = (by: number, slots = 100, of = provider): Promise<ClaimedJob[]> => bench.claim(by, slots, 10_000, of);
  const idsOf = (jobs: readonly ClaimedJob[]): JobId[] => jobs.map(({ id }) => id).toSorted();
  const settle = async (jobs: readonly ClaimedJob[]): Promise<void> => {
    for (const job of jobs) await bench.settler.settle(success(job));
  };

  /** Ends a worker under what it holds, as a lease that runs out does. */
  async function crash(worker: number): Promise<void> {
    await bench.killWorker(worker);
    await bench.database.query(sql`select recover_jobs(5, '{}', '{}', '{}')`);
  }

  /** Jobs that have ended two workers together. */
  async function suspects(count: number, of = provider): Promise<JobId[]> {
    const ids = await admit(count, of);
    for (let time = 0; time < 2; time += 1) {
      const worker = await bench.worker();
      expect(await claim(worker, count, of)).toHaveLength(count);
      await crash(worker);
    }
    return ids.toSorted();
  }

  it('is not suspected after its first crash: whoever was there with it is claimed with it', async () => {
    await admit(3);
    const first = await bench.worker();
    expect(await claim(first)).toHaveLength(3);
    await crash(first);
    expect(await claim(await bench.worker())).toHaveLength(3);
  });

  it('is claimed alone from its second crash on, and nothing else until it has ended', async () => {
    const [one, two] = await suspects(2);
    const worker = await bench.worker();
    const [held, ...others] = await claim(worker);
    expect([held?.id, others]).toEqual([one, []]);
    expect(held?.crashes).toBe(2);
    await admit(2);
    expect(await claim(worker)).toEqual([]);
    if (held) await settle([held]);
    const next = await claim(worker);
    expect(idsOf(next)).toEqual([two]);
    expect(await claim(worker)).toEqual([]);
    await settle(next);
    expect(await claim(worker)).toHaveLength(2);
  });

  it('goes alone from worker to worker until its fifth crash fails it, and its neighbours succeed', async () => {
    const [poison] = await suspects(1);
    for (let crashes = 2; crashes < 5; crashes += 1) {
      const [mine, other] = [await bench.worker(), await bench.worker()];
      const neighbours = await admit(2);
      expect(await claim(mine)).toMatchObject([{ id: poison, crashes }]);
      const beside = await claim(other);
      expect(idsOf(beside)).toEqual(neighbours.toSorted());
      await crash(mine);
      await settle(beside);
      for (const id of neighbours) expect(await bench.read(id)).toMatchObject({ status: 'succeeded' });
      await bench.database.query(sql`update workers set stopped_at = clock_timestamp() where id = ${other}`);
    }
    if (poison) expect(await bench.read(poison)).toMatchObject({ status: 'failed' });
  });

  it('has a worker that is busy stand aside for it, one of two, while the other passes it over', async () => {
    const [busy, free] = [await bench.worker(), await bench.worker()];
    await admit(2);
    const before = await claim(busy);
    const [suspect] = await suspects(1);
    await admit(3);
    expect(await claim(busy)).toEqual([]);
    const passing = await claim(free);
    expect(passing).toHaveLength(3);
    expect(idsOf(passing)).not.toContain(suspect);

    await settle(before.slice(0, 1));
    expect(await claim(busy)).toEqual([]);
    await settle(before.slice(1));
    expect(idsOf(await claim(busy))).toEqual([suspect]);
  });

  it('waits for nobody who is set aside for suspects of another provider in the same process', async () => {
    const other = `${provider}-too`;
    const [suspect] = await suspects(1);
    const worker = await bench.worker();
    await admit(1, other);
    const before = await claim(worker, 10, other);
    expect(await claim(worker)).toEqual([]);
    await admit(2, other);
    expect(await claim(worker, 10, other)).toEqual([]);
    await settle(before);
    expect(await claim(worker, 10, other)).toEqual([]);
    const alone = await claim(worker);
    expect(idsOf(alone)).toEqual([suspect]);
    expect(await claim(worker, 10, other)).toEqual([]);
    await settle(alone);
    expect(await claim(worker, 10, other)).toHaveLength(2);
  });

  it('lets go of the worker that stood aside when it is canceled, parked, or over', async () => {
    const [suspect] = await suspects(1);
    const worker = await bench.worker();
    const [held] = await claim(worker);
    if (held) await bench.settler.settle(tryAgain(held, 60_000));
    await admit(2);
    expect(await claim(worker)).toHaveLength(2);

    const [second] = await suspects(1);
    expect(await claim(worker)).toEqual([]);
    if (second) await cancelJob(bench.database, bench.queue, second);
    await admit(1);
    expect(await claim(worker)).toHaveLength(1);
    expect(suspect).not.toBe(second);
  });

  it('never runs beside another, however the claims of one process for two providers meet', async () => {
    const other = `${provider}-too`;
    const worker = await bench.worker();
    const pools = [bench.anotherDatabase(2), bench.anotherDatabase(2)] as const;
    for (let round = 0; round < 30; round += 1) {
      await Promise.all([suspects(2), admit(1), admit(2, other)]);
      const held: ClaimedJob[] = [];
      for (let look = 0; look < 12; look += 1) {
        const limits = { workerId: worker, slots: 5, concurrency: 1_000 };
        const claims = await Promise.all([
          claimJobs(pools[0], { ...limits, provider }),
          claimJobs(pools[1], { ...limits, provider: other }),
        ]);
        held.push(...claims.flatMap(({ jobs }) => jobs));
        if (held.some(({ crashes }) => crashes >= 2)) expect(held).toHaveLength(1);
        await settle(held.splice(0, 1 + (look % 2)));
      }
      await settle(held);
      expect(await bench.database.query(sql`select job_id from live_jobs`)).toEqual([]);
    }
  }, 60_000);
});
