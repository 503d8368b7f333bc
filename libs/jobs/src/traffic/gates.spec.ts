import { nanoUsd, type ErrorBody, type JobId } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { openJobBench, success, tryAgain, type JobBench } from '../__fixtures__/job-bench.js';
import { claimJobs, type Claim, type ClaimedJob } from '../claim-jobs.js';
import { openSettler, type CircuitChange, type Settlement, type Settler } from '../settle-attempts.js';
import { pauseLanes, resumeLanes } from './pause-lanes.js';

/** Failures in a row that open a breaker, as `breaker_terms` says. */
const FAILURES = 10;

describe('gates of lanes', () => {
  let bench: JobBench;
  let worker: number;
  let provider: string;
  let specs = 0;
  let changes: CircuitChange[];
  let settler: Settler;

  beforeAll(async () => {
    bench = await openJobBench();
    settler = openSettler(bench.database, bench.queue, { onCircuit: (change) => changes.push(change) });
  });
  afterAll(() => bench.close());
  beforeEach(async () => {
    worker = await bench.worker();
    provider = `gates-${(specs += 1)}`;
    changes = [];
  });
  afterEach(async () => {
    await bench.database.query(sql`delete from gates`);
    await bench.database.query(sql`select cancel_job(job_id) from live_jobs`);
  });

  const admit = (overrides: Parameters<JobBench['admit']>[0] = {}): Promise<JobId> =>
    bench.admit({ provider, ...overrides });
  const claimed = async (slots = 10): Promise<ClaimedJob[]> => [...(await claim(slots)).jobs];

  async function claim(slots = 10): Promise<Claim> {
    return await claimJobs(bench.database, { workerId: worker, provider, slots, concurrency: 1_000 });
  }

  async function gateOf(model: string): Promise<{ cause: string; detail: string; opens_at: Date | null } | undefined> {
    const [row] = await bench.database.query<{ cause: string; detail: string; opens_at: Date | null }>(sql`
      select gate.* from lanes l cross join lateral gate_of(l.id) as gate
       where l.model = ${model} and l.provider_id = (select id from providers where name = ${provider})`);
    return row;
  }

  describe('a pause', () => {
    it('keeps back what it names and nothing else, until it is taken back', async () => {
      const paused = await admit({ model: 'one' });
      const other = await admit({ model: 'two' });
      expect(await pauseLanes(bench.database, { provider, model: 'one' }, 'anna')).toBe(true);
      expect(await pauseLanes(bench.database, { provider, model: 'one' }, 'anna')).toBe(false);
      expect((await claimed()).map((job) => job.id)).toEqual([other]);
      expect(await gateOf('one')).toEqual({ cause: 'paused', detail: 'paused by anna', opens_at: null });
      expect(await gateOf('two')).toBeUndefined();
      expect(await resumeLanes(bench.database, { provider, model: 'one' })).toBe(true);
      expect(await resumeLanes(bench.database, { provider, model: 'one' })).toBe(false);
      expect((await claimed()).map((job) => job.id)).toEqual([paused]);
    });

    it.each([
      ['of a provider', () => ({ provider })],
      ['of a model, wherever it is', () => ({ model: 'gpt-4' })],
      ['of a tenant, wherever it asks', () => ({ tenant: 'acme' })],
      ['of all of them together', () => ({ provider, model: 'gpt-4', tenant: 'acme' })],
    ])('%s holds', async (_, scope) => {
      await admit();
      await pauseLanes(bench.database, scope(), 'anna');
      expect(await claim()).toEqual({ jobs: [], ended: [], waiting: 0, askAgainMs: undefined });
      await resumeLanes(bench.database, scope());
      expect(await claimed()).toHaveLength(1);
    });

    it('of another tenant does not hold', async () => {
      await admit();
      await pauseLanes(bench.database, { tenant: 'globex' }, 'anna');
      expect(await claimed()).toHaveLength(1);
    });

    it('earns its tenant no credit: afterwards both take turns', async () => {
      const [acme, globex] = bench.tenants;
      for (let index = 0; index < 30; index += 1) await admit({ tenantId: globex });
      for (let index = 0; index < 10; index += 1) await admit({ tenantId: acme });
      await pauseLanes(bench.database, { tenant: 'acme' }, 'anna');
      for (const job of await claimed(20)) {
        expect(job.tenantId).toBe(globex);
        await settler.settle(success(job));
      }
      await resumeLanes(bench.database, { tenant: 'acme' });
      const next = await claimed(10);
      expect(next.filter((job) => job.tenantId === acme).length).toBeLessThanOrEqual(6);
    });
  });

  describe('a vendor that asks to wait', () => {
    it('shuts its model for so long, and the job waits in its lane without a slot', async () => {
      const id = await admit({ model: 'limited' });
      await admit({ model: 'limited' });
      const [job] = await claimed(1);
      if (!job) throw new Error('Nothing was claimed.');
      expect(await settler.settle(rateLimited(job, 2_000))).toBe('requeued');
      const other = await admit({ model: 'free' });
      const { jobs, askAgainMs } = await claim();
      expect(jobs.map((each) => each.id)).toEqual([other]);
      expect(askAgainMs).toBeGreaterThan(1_000);
      expect(askAgainMs).toBeLessThanOrEqual(2_000);
      expect(await gateOf('limited')).toMatchObject({ cause: 'rate_limit', detail: `${provider} asked to wait` });
      await bench.database.query(sql`update gates set opens_at = clock_timestamp()`);
      const [first] = await claimed(1);
      expect(first).toMatchObject({ id, waits: 1, tries: 0 });
    });

    it('is believed an hour at most', async () => {
      await admit();
      const [job] = await claimed();
      if (!job) throw new Error('Nothing was claimed.');
      await settler.settle({ ...rateLimited(job, 0), error: limit(86_400), then: { outcome: 'failed' } });
      await admit();
      const { askAgainMs } = await claim();
      expect(askAgainMs).toBeGreaterThan(3_590_000);
      expect(askAgainMs).toBeLessThanOrEqual(3_600_000);
    });
  });

  describe('a circuit breaker', () => {
    /** Claims and fails so many jobs, then has the rest wait. */
    async function fail(times: number, code = 'network'): Promise<void> {
      for (let index = 0; index < times; index += 1) await admit();
      for (const job of await claimed(times)) await settler.settle(failed(job, code));
    }
    const dueNow = (): Promise<unknown> =>
      bench.database.query(sql`update breakers set probe_at = clock_timestamp() where opened_at is not null`);

    it('opens after failures in a row, keeps jobs back and says when it is tried', async () => {
      await fail(FAILURES - 1);
      expect(changes).toEqual([]);
      await fail(1);
      expect(changes).toEqual([{ provider, model: 'gpt-4', circuit: 'opened', detail: 'it failed: network' }]);
      await admit();
      const { jobs, askAgainMs } = await claim();
      expect(jobs).toEqual([]);
      expect(askAgainMs).toBeGreaterThan(3_000);
      expect(askAgainMs).toBeLessThanOrEqual(5_000);
      const told = await bench.database.query<{ data: object }>(
        sql`select data from events where type = 'provider.unhealthy' and data->>'provider' = ${provider}`,
      );
      expect(told).toEqual([{ data: { provider, model: 'gpt-4', code: 'network', reason: 'it failed: network' } }]);
    });

    it('counts anew after a success, also one with an error of the request', async () => {
      await fail(FAILURES - 1);
      await fail(1, 'invalid_request');
      await fail(FAILURES - 1);
      expect(changes).toEqual([]);
      await admit();
      for (const job of await claimed()) await settler.settle(success(job));
      await fail(FAILURES - 1);
      expect(changes).toEqual([]);
    });

    it('does not count that the time of the job itself was up', async () => {
      for (let index = 0; index < FAILURES; index += 1) await admit();
      const jobs = await claimed(FAILURES);
      await bench.database.query(sql`update live_jobs set deadline_at = clock_timestamp() where worker_id is not null`);
      for (const job of jobs) await settler.settle(failed(job, 'timeout_error'));
      expect(changes).toEqual([]);
      await fail(FAILURES, 'timeout_error');
      expect(changes).toMatchObject([{ circuit: 'opened' }]);
    });

    it('leaves other models alone', async () => {
      await fail(FAILURES);
      await admit();
      const other = await admit({ model: 'other' });
      expect((await claimed()).map((job) => job.id)).toEqual([other]);
    });

    it('is tried by one job at a time, over all processes, and closes when that succeeds', async () => {
      await fail(FAILURES);
      for (let index = 0; index < 5; index += 1) await admit();
      await dueNow();
      const second = await bench.worker();
      const tries = await Promise.all(
        [worker, second].map((workerId) =>
          claimJobs(bench.anotherDatabase(1), { workerId, provider, slots: 5, concurrency: 100 }),
        ),
      );
      const probes = tries.flatMap(({ jobs }) => jobs);
      expect(probes).toHaveLength(1);
      expect(await claimed()).toEqual([]);
      for (const probe of probes) await settler.settle(success(probe));
      expect(changes.at(-1)).toEqual({ provider, model: 'gpt-4', circuit: 'closed', detail: null });
      expect(await claimed()).toHaveLength(4);
    });

    it('stays open when its probe fails, for another while', async () => {
      await fail(FAILURES);
      await admit();
      await dueNow();
      for (const probe of await claimed()) await settler.settle(failed(probe, 'overloaded'));
      await admit();
      expect((await claim()).askAgainMs).toBeGreaterThan(3_000);
      expect(changes).toHaveLength(1);
    });

    it('is tried again where its probe was put back or its worker died', async () => {
      await fail(FAILURES);
      await admit();
      await dueNow();
      const [probe] = await claimed();
      if (!probe) throw new Error('There was no probe.');
      const { error: _, ...putBack } = tryAgain(probe, 0);
      await settler.settle({ ...putBack, state: 'canceled', call: 'unsent' });
      const [again] = await claimed();
      expect(again?.id).toBe(probe.id);
    });

    it('opens at once where the key is refused', async () => {
      await fail(1, 'authentication');
      expect(changes).toMatchObject([{ circuit: 'opened' }]);
    });
  });
});

function limit(retryAfterSeconds: number): ErrorBody {
  return { type: 'provider_error', code: 'rate_limited', message: 'slow down', retryable: true, retryAfterSeconds };
}

function rateLimited(job: ClaimedJob, parkMs: number): Settlement {
  const then = { outcome: null, parkMs, countsAs: 'wait' } as const;
  return { ...failed(job, 'rate_limited'), error: limit(parkMs / 1_000), then };
}

function failed(job: ClaimedJob, code: string): Settlement {
  return {
    job,
    state: 'failed',
    call: code === 'network' ? 'failed' : 'answered',
    cost: nanoUsd(0n),
    estimated: false,
    error: { type: 'provider_error', code, message: `it failed: ${code}`, retryable: true },
    then: { outcome: 'failed' },
  };
}
