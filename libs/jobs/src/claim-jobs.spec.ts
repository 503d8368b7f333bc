import type { JobId } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { openJobBench, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { cancelJob } from './cancel-job.js';
import type { ClaimedJob } from './claim-jobs.js';

describe('the claim of jobs', () => {
  let bench: JobBench;
  let worker: number;
  /** Each spec has a provider of its own, so that none sees another's lanes. */
  let provider: string;
  let specs = 0;

  beforeAll(async () => {
    bench = await openJobBench();
  });
  afterAll(() => bench.close());
  beforeEach(async () => {
    worker = await bench.worker();
    provider = `claim-${(specs += 1)}`;
  });
  afterEach(async () => {
    for (const job of await bench.claim(worker, 1_000, 10_000, provider)) await bench.settler.settle(success(job));
    const left = await bench.database.query<{ job_id: string }>(sql`select job_id from live_jobs`);
    await bench.database.query(sql`select cancel_job(job_id) from live_jobs where worker_id is null`);
    await bench.database.query(sql`update workers set lease_until = now() - interval '1 s'`);
    await bench.database.query(sql`select recover_jobs(1, '{}', '{}', '{}')`);
    expect(left.length).toBeLessThan(1_000);
    expect(await bench.ledger()).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
  });

  const admit = (overrides: Parameters<JobBench['admit']>[0] = {}): Promise<JobId> =>
    bench.admit({ provider, ...overrides });
  const claim = (slots: number, concurrency = 10_000, by = worker): Promise<ClaimedJob[]> =>
    bench.claim(by, slots, concurrency, provider);
  const idsOf = (jobs: readonly ClaimedJob[]): JobId[] => jobs.map((job) => job.id).toSorted();

  /** Claims one by one, so that the order shows. */
  async function claimInOrder(count: number): Promise<ClaimedJob[]> {
    const claimed: ClaimedJob[] = [];
    for (let left = count; left > 0; left -= 1) claimed.push(...(await claim(1)));
    return claimed;
  }

  it('takes the oldest of a lane first', async () => {
    const ids: JobId[] = [];
    for (let index = 0; index < 6; index += 1) ids.push(await admit());
    expect((await claimInOrder(6)).map((job) => job.id)).toEqual(ids);
    expect(await claim(5)).toEqual([]);
  });

  it('takes a sooner priority first, and lets each step wait a minute at most', async () => {
    const late = await admit({ priority: 9 });
    const middle = await admit({ priority: 5 });
    const soon = await admit({ priority: 0 });
    const aged = await admit({ priority: 9 });
    // As if it had waited nine minutes and a second: then even the soonest of now comes behind it.
    await bench.database.query(sql`
      update live_jobs set rank = lane_rank(created_at - interval '541 s', priority) where job_id = ${aged.slice(4)}::uuid`);
    expect((await claimInOrder(4)).map((job) => job.id)).toEqual([aged, soon, middle, late]);
  });

  it('takes what waits by its delay no sooner, and then in its turn', async () => {
    const delayed = await admit({ delayMs: 60_000 });
    const other = await admit({ delayMs: 60_000, model: 'another' });
    expect(await claim(5)).toEqual([]);
    await bench.database.query(sql`
      update live_jobs set ready_at = clock_timestamp() where job_id in (${delayed.slice(4)}::uuid, ${other.slice(4)}::uuid)`);
    const now = await admit({ priority: 5 });
    // Its rank is a minute ahead of that of a job that is admitted now.
    expect((await claimInOrder(3)).map((job) => job.id).indexOf(now)).toBeLessThan(2);
  });

  it('never runs more than the concurrency over all workers, and goes on as they end', async () => {
    const second = await bench.worker();
    for (let index = 0; index < 12; index += 1) await admit();
    const first = await claim(3, 5);
    const rest = await claim(4, 5, second);
    expect([first.length, rest.length]).toEqual([3, 2]);
    expect(await claim(4, 5)).toEqual([]);
    expect(await claim(4, 0)).toEqual([]);
    const [done, again] = first;
    if (!done || !again) throw new Error('Nothing was claimed.');
    await bench.settler.settle(success(done));
    await bench.settler.settle(tryAgain(again, 60_000));
    expect((await claim(9, 5, second)).length).toBe(2);
  });

  it('gives nothing to a worker whose lease is gone, of a provider that nobody knows, or for no slots', async () => {
    await admit();
    await bench.database.query(sql`update workers set stopped_at = now() where id = ${worker}`);
    expect(await claim(1)).toEqual([]);
    expect(await claim(1, 10, 2_000_000_000)).toEqual([]);
    expect(await claim(0, 10, await bench.worker())).toEqual([]);
    expect(await bench.claim(worker, 1, 10, 'nobody')).toEqual([]);
    worker = await bench.worker();
    expect((await claim(1)).length).toBe(1);
  });

  it('leaves jobs that are out of time to the reconciler, and takes those behind them', async () => {
    for (let index = 0; index < 5; index += 1) await admit({ expiresMs: 0 });
    const timedOut = await admit();
    const [job] = await claim(1);
    if (!job) throw new Error('Nothing was claimed.');
    await bench.settler.settle(tryAgain(job, 0));
    await bench.database.query(
      sql`update live_jobs set deadline_at = clock_timestamp() where job_id = ${timedOut.slice(4)}::uuid`,
    );
    const good = await admit();
    expect(idsOf(await claim(10))).toEqual([good]);
    // The lane is not empty: it stays open.
    const last = await admit();
    expect(idsOf(await claim(10))).toEqual([last]);
  });

  it('gives a job whose payload or price is gone to its worker all the same, who fails it', async () => {
    const id = await admit();
    await bench.database.query(sql`delete from job_payloads where job_id = ${id.slice(4)}::uuid`);
    const unpriced = await admit();
    await bench.database.query(sql`update live_jobs set price_id = 0 where job_id = ${unpriced.slice(4)}::uuid`);
    const claimed = await claim(10);
    expect(idsOf(claimed)).toEqual([id, unpriced].toSorted());
    expect(claimed.find((job) => job.id === id)?.payload).toBe('');
    expect(claimed.find((job) => job.id === unpriced)?.price).toBeNull();
  });

  describe('between tenants', () => {
    async function fill(tenants: readonly number[], each: number): Promise<void> {
      await Promise.all(
        tenants.flatMap((tenantId) => Array.from({ length: each }, () => admit({ tenantId }))), // prettier-ignore
      );
    }

    /** How many of the claimed jobs are each tenant's. */
    const shares = (jobs: readonly ClaimedJob[]): number[] =>
      bench.tenants.map((tenant) => jobs.filter((job) => job.tenantId === tenant).length);

    async function weigh(weights: readonly [number, number]): Promise<void> {
      for (const [index, weight] of weights.entries()) {
        await bench.database.query(sql`update tenants set weight = ${weight} where id = ${bench.tenants[index] ?? 0}`);
      }
    }
    afterEach(() => weigh([1, 1]));

    it.each([
      ['one by one', 1],
      ['in groups', 8],
      ['in large groups', 40],
    ])('takes from each as much as from the other, %s', async (_, slots) => {
      await fill(bench.tenants, 80);
      const claimed: ClaimedJob[] = [];
      while (claimed.length < 80) claimed.push(...(await claim(Math.min(slots, 80 - claimed.length))));
      expect(shares(claimed)).toEqual([40, 40]);
    });

    it.each([1, 8, 40])(
      'takes three of the one for one of the other where their weights say so, %s at once',
      async (slots) => {
        await weigh([3, 1]);
        await fill(bench.tenants, 80);
        const claimed: ClaimedJob[] = [];
        while (claimed.length < 80) claimed.push(...(await claim(Math.min(slots, 80 - claimed.length))));
        expect(shares(claimed)).toEqual([60, 20]);
      },
    );

    it('takes a lane among thousands of jobs of another within two rounds', async () => {
      const [busy, quiet] = bench.tenants;
      await fill([busy], 400);
      for (let index = 0; index < 50; index += 1) await claim(2);
      await fill([quiet], 10);
      // Alone it would take ten claims.
      expect(shares(await claimInOrder(20))).toEqual([10, 10]);
    });

    it('gives a lane that wakes no credit for the time in which nothing of it waited', async () => {
      const [busy, idle] = bench.tenants;
      await fill([busy, idle], 1);
      await claim(2);
      await fill([busy], 200);
      for (let index = 0; index < 50; index += 1) await claim(2);
      await fill([idle], 100);
      const [fromBusy = 0, fromIdle = 0] = shares(await claimInOrder(40));
      expect(Math.abs(fromBusy - fromIdle)).toBeLessThanOrEqual(1);
    });

    it('looks on where flows turn out to be empty', async () => {
      const rows = await bench.database.query<{ id: number }>(sql`
        insert into tenants (name, source) select 'empty-' || n, 'file' from generate_series(1, 30) n returning id`);
      await Promise.all(rows.map(({ id }) => admit({ tenantId: id })));
      await claim(30);
      // Marked as waiting though nothing is in them, as a canceled job leaves its lane behind.
      const provided = sql`provider_id = (select id from providers where name = ${provider})`;
      await bench.database.query(sql`update lanes set waiting = true where ${provided}`);
      await bench.database.query(sql`update flows set tag = 0, idle = false where ${provided}`);
      const id = await admit({ tenantId: rows[29]?.id ?? 0 });
      await admit({ tenantId: rows[28]?.id ?? 0 });
      await cancelJob(bench.database, bench.queue, id);
      expect((await claim(2)).length).toBe(1);
      const lanes = await bench.database.query(sql`
        select l.id from lanes l join providers p on p.id = l.provider_id where p.name = ${provider} and l.waiting`);
      expect(lanes).toEqual([]);
    });

    it('gives a tenant with lanes of many models no more than one with a single lane', async () => {
      const [acme, globex] = bench.tenants;
      for (let index = 0; index < 40; index += 1) await admit({ tenantId: acme, model: `many-${index % 4}` });
      for (let index = 0; index < 40; index += 1) await admit({ tenantId: globex });
      const taken = [...(await claim(10)), ...(await claim(7)), ...(await claimInOrder(23))];
      expect(taken.filter((job) => job.tenantId === acme)).toHaveLength(20);
      // Of its own lanes what is oldest goes first.
      const models = taken.filter((job) => job.tenantId === acme).map((job) => job.model);
      expect(new Set(models.slice(0, 4)).size).toBe(4);
    });

    it('shares by weights that are changed meanwhile', async () => {
      const [acme, globex] = bench.tenants;
      for (let index = 0; index < 200; index += 1) await admit({ tenantId: index % 2 === 0 ? acme : globex });
      const share = async (): Promise<number> => (await claim(40)).filter((job) => job.tenantId === acme).length;
      await weigh([3, 1]);
      const before = await share();
      await weigh([1, 1]);
      const after = await share();
      expect([Math.abs(before - 30), Math.abs(after - 20)].every((off) => off <= 2)).toBe(true);
    });
  });
});
