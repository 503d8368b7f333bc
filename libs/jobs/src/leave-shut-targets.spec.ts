import type { ErrorBody, JobId } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { describeEngines } from '@switchyard/queue/testing';
import { openJobBench, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { until } from './__fixtures__/until.js';
import { cancelJob } from './cancel-job.js';
import type { ClaimedJob } from './claim-jobs.js';
import type { Plan } from './plan.js';
import { openReconciler, type Reconciler } from './reconcile.js';
import { pauseLanes } from './traffic/pause-lanes.js';

describeEngines('a job whose target is shut', (engine) => {
  let bench: JobBench;
  let reconciler: Reconciler;
  let worker: number;
  let specs = 0;
  let first: string;
  let second: string;

  beforeAll(async () => {
    bench = await openJobBench(engine);
    reconciler = openReconciler(bench.database, bench.queue);
  }, 60_000);
  afterAll(() => bench.close());
  beforeEach(async () => {
    worker = await bench.worker();
    specs += 1;
    [first, second] = [`shut-${specs}`, `open-${specs}`];
  });
  afterEach(async () => {
    await bench.database.query(sql`delete from gates`);
    await bench.database.query(sql`delete from breakers`);
    await bench.database.query(sql`select cancel_job(job_id) from live_jobs`);
    expect(await bench.ledger()).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
  });

  const twoTargets = (fallbackOn: Plan['fallbackOn'] = 'any'): Plan => ({
    ...bench.plan([first, 'm0'], [second, 'm1', 1_500n]),
    fallbackOn,
  });
  const admit = (plan: Plan = twoTargets()): Promise<JobId> => bench.admit({ provider: first, model: 'm0', plan });

  async function claimOne(provider: string): Promise<ClaimedJob> {
    const [job, ...others] = await bench.claim(worker, 10, 100, provider);
    if (!job || others.length > 0)
      throw new Error(`${others.length + (job ? 1 : 0)} jobs were claimed of ${provider}.`);
    return job;
  }

  async function shut(cause: 'paused' | 'rate_limit', seconds: number | null): Promise<void> {
    await bench.database.query(sql`
      insert into gates (provider_id, model, cause, detail, opens_at)
      values ((select id from providers where name = ${first}), 'm0', ${cause}::gate_cause, 'it is shut',
              clock_timestamp() + ${seconds} * interval '1 s')`);
  }

  async function openBreaker(code: string): Promise<void> {
    await bench.database.query(sql`
      insert into breakers (provider_id, model, failures, detail, code, opened_at, probe_at)
      values ((select id from providers where name = ${first}), 'm0', 10, 'It fails.', ${code}, clock_timestamp(),
              clock_timestamp() + interval '1 hour')`);
  }

  it('stays where nothing is shut', async () => {
    const id = await admit();
    expect(await reconciler.leaveShutTargets()).toBe(0);
    const job = await claimOne(first);
    expect(job).toMatchObject({ id, target: 0 });
    await bench.settler.settle(success(job));
  });

  it('goes on without an attempt, its reservation made anew for where it goes', async () => {
    const id = await admit();
    await shut('rate_limit', 61.5);
    expect(await reconciler.leaveShutTargets()).toBe(1);
    expect(await bench.read(id)).toMatchObject({
      status: 'queued',
      provider: second,
      startedAt: null,
      attempts: [],
      plan: [
        {
          status: 'left',
          error: {
            code: 'rate_limited',
            message: 'It was not tried: it is shut. Retry the job later.',
            retryAfterSeconds: 62,
          },
        },
        { status: 'current' },
      ],
    });
    await until(async () => (await bench.queue.depth(second)).waiting === 1);
    const job = await claimOne(second);
    expect(job).toMatchObject({ id, target: 1, attempt: 2, reserved: 1_500n, moves: [{ code: 'rate_limited' }] });
    await bench.settler.settle(success(job));
    const lines = await bench.database.query<{ posting: string }>(sql`
      select attempt || ' ' || kind || ' ' || amount_nano as posting from ledger_entries
       where job_id = ${id.slice(4)}::uuid order by id`);
    expect(lines.map(({ posting }) => posting)).toEqual([
      '1 reserve 1000',
      '1 release 1000',
      '2 reserve 1500',
      '2 settle 700',
      '2 release 800',
    ]);
  });

  it.each([
    ['a limit of less than a minute', async () => await shut('rate_limit', 55)],
    ['a pause of everything', async () => void (await pauseLanes(bench.database, {}, 'anna'))],
    ['a pause of its tenant', async () => void (await pauseLanes(bench.database, { tenant: 'acme' }, 'anna'))],
    [
      'a breaker that may be probed',
      async () => {
        await openBreaker('network');
        await bench.database.query(sql`update breakers set probe_at = clock_timestamp()`);
      },
    ],
  ])('waits for %s', async (_what, close) => {
    const id = await admit();
    await close();
    expect(await reconciler.leaveShutTargets()).toBe(0);
    expect(await cancelJob(bench.database, bench.queue, id)).toBe('canceled');
  });

  it.each<[what: string, close: () => Promise<void>, fallbackOn: Plan['fallbackOn'], leaves: boolean]>([
    ['a pause', () => shut('paused', null), ['model'], true],
    ['a pause that nothing moves on', () => shut('paused', null), ['network'], false],
    ['a breaker of a line that is dead', () => openBreaker('network'), ['network'], true],
    ['a breaker of a vendor that is overloaded', () => openBreaker('overloaded'), ['network'], false],
    ['a breaker of calls that take too long', () => openBreaker('timeout_error'), ['timeout'], true],
    ['a breaker of a bad key', () => openBreaker('authentication'), ['network', 'overload', 'timeout', 'model'], false],
    ['a breaker of a bad key that moves on', () => openBreaker('authentication'), ['authentication'], true],
    ['a limit that nothing moves on', () => shut('rate_limit', 3_000), ['network'], false],
  ])('leaves it or not by the kind: %s', async (_what, close, fallbackOn, leaves) => {
    const id = await admit(twoTargets(fallbackOn));
    await close();
    expect(await reconciler.leaveShutTargets()).toBe(leaves ? 1 : 0);
    expect((await bench.read(id)).provider).toBe(leaves ? second : first);
  });

  it('stays at its last target', async () => {
    const id = await admit(bench.plan([first, 'm0']));
    await shut('paused', null);
    expect(await reconciler.leaveShutTargets()).toBe(0);
    expect((await bench.read(id)).status).toBe('queued');
  });

  it('ends at once where it has started and a limit outlasts its time', async () => {
    const plan = bench.plan([first, 'm0']);
    const id = await bench.admit({ provider: first, model: 'm0', plan, timeoutMs: 20_000 });
    const fresh = await bench.admit({ provider: first, model: 'm0', plan, timeoutMs: 20_000, priority: 9 });
    const [job] = await bench.claim(worker, 1, 100, first);
    if (job?.id !== id) throw new Error('Another job was claimed.');
    const error: ErrorBody = { type: 'provider_error', code: 'rate_limited', message: 'slow', retryable: true };
    await bench.settler.settle({ ...tryAgain(job, 0), error: { ...error, retryAfterSeconds: 10 } });
    await bench.database.query(sql`update gates set opens_at = clock_timestamp() + interval '30 s'`);
    expect(await reconciler.leaveShutTargets()).toBe(1);
    expect(await bench.read(id)).toMatchObject({
      status: 'failed',
      error: { code: 'rate_limited', retryAfterSeconds: 30 },
    });
    expect((await bench.read(fresh)).status).toBe('queued');
  });
});
