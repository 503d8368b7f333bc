import type { JobId } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { LeftTooLate, openLeaveInTime } from './leave-in-time.js';
import { openJobBench, success, type JobBench } from '../__fixtures__/job-bench.js';
import { openAdmission, type AdmissionVerdict, type NewJob } from '../admit-jobs.js';
import { claimJobs, type Claim, type ClaimedJob } from '../claim-jobs.js';

interface Limit {
  readonly name?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly tenant?: string;
  readonly max_requests?: number;
  readonly max_tokens?: number;
  readonly window_ms?: number;
}

describe('rate limits', () => {
  let bench: JobBench;
  let worker: number;
  let provider: string;
  let specs = 0;

  beforeAll(async () => {
    bench = await openJobBench();
  });
  afterAll(() => bench.close());
  beforeEach(async () => {
    worker = await bench.worker();
    provider = `rates-${(specs += 1)}`;
  });
  afterEach(async () => {
    await limit();
    await bench.database.query(sql`select cancel_job(job_id) from live_jobs`);
  });

  async function limit(...limits: readonly Limit[]): Promise<void> {
    const rows = limits.map((each, index) => {
      const name = each.name ?? `limit-${index}`;
      return { place: `${provider}.${name}`, name, detail: `${name} in words`, window_ms: 60_000, ...each };
    });
    await bench.database.query(sql`select write_rate_limits(${JSON.stringify(rows)}::json)`);
  }
  const admit = (overrides: Partial<NewJob> = {}): Promise<JobId> => bench.admit({ provider, ...overrides });
  async function fill(count: number, overrides: Partial<NewJob> = {}): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => admit(overrides)));
  }
  const claim = (slots = 100, workerId = worker, database = bench.database): Promise<Claim> =>
    claimJobs(database, { workerId, provider, slots, concurrency: 1_000 });
  /** As if everything had been taken so much earlier. */
  const age = (milliseconds: number): Promise<unknown> =>
    bench.database.query(sql`
      update rate_limits set slices = array(
        select s - ${milliseconds}::bigint from unnest(slices) with ordinality as t (s, n) order by n)`);

  describe('of providers and models', () => {
    it('let so many be claimed in a window, and say when it pays to ask again', async () => {
      await limit({ provider, max_requests: 5 });
      await fill(8);
      const first = await claim(3);
      expect(first.jobs).toHaveLength(3);
      expect(first.askAgainMs).toBeUndefined();
      const second = await claim();
      expect(second.jobs).toHaveLength(2);
      const third = await claim();
      expect(third.jobs).toEqual([]);
      expect(third.askAgainMs).toBeGreaterThan(50_000);
      expect(third.askAgainMs).toBeLessThanOrEqual(60_600);
      await age(58_000);
      expect((await claim()).jobs).toEqual([]);
      await age(3_000);
      expect((await claim()).jobs).toHaveLength(3);
    });

    it('of one model let the others go on, and what they leave is filled with those', async () => {
      await limit({ model: 'slow', max_requests: 2 });
      await fill(10, { model: 'slow' });
      await fill(10, { model: 'fast' });
      const first = await claim(8);
      expect(first.jobs.filter(({ model }) => model === 'slow')).toHaveLength(2);
      expect(first.askAgainMs).toBe(0);
      const second = await claim(8 - first.jobs.length);
      expect([...first.jobs, ...second.jobs].filter(({ model }) => model === 'fast')).toHaveLength(6);
    });

    it('hold together: the narrower decides', async () => {
      await limit({ name: 'wide', provider, max_requests: 4 }, { name: 'narrow', model: 'slow', max_requests: 1 });
      await fill(5, { model: 'slow' });
      await fill(5, { model: 'fast' });
      const jobs = [...(await claim()).jobs, ...(await claim()).jobs, ...(await claim()).jobs];
      expect(jobs.map(({ model }) => model).toSorted()).toEqual(['fast', 'fast', 'fast', 'slow']);
    });

    it('are exact over processes that claim at once', async () => {
      await limit({ provider, max_requests: 17 });
      await fill(60);
      const others = await Promise.all([1, 2, 3, 4].map(() => bench.worker()));
      const claims = await Promise.all(others.map((id) => claim(10, id, bench.anotherDatabase(1))));
      expect(claims.flatMap(({ jobs }) => jobs)).toHaveLength(17);
    });

    it('reserve tokens as they were estimated, and go by what was used once that is known', async () => {
      await limit({ provider, max_tokens: 100 });
      await fill(3, { tokens: 50 });
      const { jobs } = await claim();
      expect(jobs).toHaveLength(2);
      expect((await claim()).jobs).toEqual([]);
      // Each used 7.
      for (const job of jobs) await bench.settler.settle(success(job));
      expect((await claim()).jobs).toHaveLength(1);
      const [left] = await bench.database.query<{ tokens: bigint }>(sql`
        select sum_within(slices, tokens, 0) as tokens from rate_limits where removed_at is null`);
      expect(left?.tokens).toBe(64n);
    });

    it('count a call anew that leaves later than it was counted, in its place and not besides', async () => {
      await limit({ provider, max_requests: 2, max_tokens: 100 });
      await fill(3, { tokens: 50 });
      const { jobs } = await claim();
      await age(30_000);
      const leave = openLeaveInTime(bench.database);
      for (const job of jobs) await leave(late(job, 30_000));
      await age(31_000);
      expect((await claim()).jobs).toEqual([]);
      for (const job of jobs) await bench.settler.settle(success(job));
      await age(30_000);
      expect((await claim()).jobs).toHaveLength(1);
    });

    it('let no call leave whose time is over where others took its place', async () => {
      await limit({ provider, max_requests: 1 });
      await fill(2);
      const [first] = (await claim()).jobs;
      await age(61_000);
      await claim();
      if (!first) throw new Error('Nothing was claimed.');
      await expect(openLeaveInTime(bench.database)(late(first, 61_000))).rejects.toThrow(LeftTooLate);
      // One that leaves in time is asked nothing.
      await openLeaveInTime(bench.database)(first);
    });

    it('let a job that is larger than the whole limit go alone', async () => {
      await limit({ provider, max_tokens: 100 });
      await fill(2, { tokens: 5_000 });
      expect((await claim()).jobs).toHaveLength(1);
      expect((await claim()).jobs).toEqual([]);
      await age(61_000);
      expect((await claim()).jobs).toHaveLength(1);
    });

    it('keep what they counted while they change', async () => {
      await limit({ provider, max_requests: 5 });
      await fill(10);
      await claim(4);
      await limit();
      await limit({ provider, max_requests: 6 });
      expect((await claim()).jobs).toHaveLength(2);
    });

    it('do not stop for an hour where the clock was put back by one', async () => {
      await limit({ provider, max_requests: 2 });
      await fill(4);
      await claim();
      await age(-3_600_000);
      const { askAgainMs } = await claim();
      expect(askAgainMs).toBeLessThanOrEqual(61_000);
      await age(61_000);
      expect((await claim()).jobs).toHaveLength(2);
    });
  });

  describe('of tenants and keys', () => {
    const submit = (overrides: Partial<NewJob> = {}): Promise<AdmissionVerdict> =>
      bench.admission.admit(bench.job({ provider, ...overrides }));

    it('refuse at the door what is over, with the time to wait, and leave other tenants alone', async () => {
      await limit({ name: 'acme-rpm', tenant: 'acme', max_requests: 2 });
      const verdicts = [await submit(), await submit(), await submit()];
      expect(verdicts.map(({ verdict }) => verdict)).toEqual(['admitted', 'admitted', 'limited']);
      expect(verdicts[0]).toMatchObject({
        job: { rates: [{ name: 'acme-rpm', windowMs: 60_000, maxRequests: 2, leftRequests: 1, maxTokens: null }] },
      });
      expect(verdicts[2]).toMatchObject({ limit: 'acme-rpm in words', rates: [{ leftRequests: 0 }] });
      const [, , refused] = verdicts;
      expect(refused?.verdict === 'limited' && refused.waitMs).toBeGreaterThan(50_000);
      expect(await submit({ tenantId: bench.tenants[1] })).toMatchObject({ verdict: 'admitted', job: { rates: [] } });
      await age(60_700);
      expect(await submit()).toMatchObject({ verdict: 'admitted' });
    });

    it('are exact over processes that admit at once', async () => {
      await limit({ tenant: 'acme', max_requests: 23 });
      const verdicts = await Promise.all(
        [1, 2, 3, 4].flatMap(() => {
          const admission = openAdmission(bench.anotherDatabase(2), bench.queue);
          return Array.from({ length: 15 }, () => admission.admit(bench.job({ provider })));
        }),
      );
      expect(verdicts.filter(({ verdict }) => verdict === 'admitted')).toHaveLength(23);
    });

    it('count nothing that a budget refuses', async () => {
      await limit({ tenant: 'acme', max_requests: 1 });
      const budget = { name: 'tiny', time_zone: 'UTC', alert_ppm: 800_000, rule: 'block', daily_nano: 1 };
      await bench.database.query(sql`select write_budgets(${JSON.stringify([budget])}::json)`);
      expect(await submit()).toMatchObject({ verdict: 'refused' });
      await bench.database.query(sql`select write_budgets('[]')`);
      expect(await submit()).toMatchObject({ verdict: 'admitted' });
    });

    it('limit tokens too, corrected at the settlement', async () => {
      await limit({ tenant: 'acme', max_tokens: 100 });
      expect(await submit({ tokens: 90 })).toMatchObject({ job: { rates: [{ maxTokens: 100, leftTokens: 10 }] } });
      expect(await submit({ tokens: 20 })).toMatchObject({ verdict: 'limited' });
      for (const job of (await claim()).jobs) await bench.settler.settle(success(job));
      expect(await submit({ tokens: 20 })).toMatchObject({ job: { rates: [{ leftTokens: 73 }] } });
    });
  });

  it.each([1, 2, 3])('never hold more in any span of a window (walk %d)', async (seed) => {
    const windowMs = 1_000;
    const most = 7;
    await limit({ tenant: 'acme', max_requests: most, window_ms: windowMs });
    const random = randomFrom(seed);
    const start = Date.UTC(2026, 0, 1);
    const taken: number[] = [];
    let now = start;
    let offered = 0;
    for (let step = 0; step < 150; step += 1) {
      now += Math.floor(random() * (random() < 0.2 ? 600 : 40));
      offered += 1;
      const [row] = await bench.database.query<{ free: boolean }>(sql`
        with judged as (
          select judge_rates(array[row(1, ${bench.tenants[0]}, 1, ${provider}, 'gpt-4', 0)::rate_request],
                             to_timestamp(${now}::float8 / 1000)) as answers
        ), kept as (
          select keep_rates(answers, array[1], array[gen_random_uuid()], array[0], to_timestamp(${now}::float8 / 1000))
            from judged where (answers[1]).refused_for_ms is null
        ) select exists (select from kept) as free`);
      if (row?.free === true) taken.push(now);
    }
    const busiest = Math.max(...taken.map((end) => taken.filter((at) => at <= end && at > end - windowMs).length));
    expect(busiest).toBe(most);
    expect(taken.length).toBeLessThan(offered);
    // What is refused is refused for a hundredth longer than need be at most.
    const least = ((now - start) / windowMs / 1.05) * most * 0.5;
    expect(taken.length).toBeGreaterThan(least);
  });
});

/** As if it had been claimed so much earlier. */
function late(job: ClaimedJob, milliseconds: number): ClaimedJob {
  const { counted } = job;
  if (!counted) throw new Error('No limit counts it.');
  const stampedMs = counted.stampedMs - BigInt(milliseconds);
  return { ...job, counted: { ...counted, stampedMs, since: counted.since - milliseconds } };
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
