import { uuidOfJob, type JobId } from '@switchyard/contract';
import { sql, type Database, type Queryable, type SqlStatement } from '@switchyard/database';
import { beginHeldUp, hold, type Held, type HeldUp } from './__fixtures__/hold.js';
import { openJobBench, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { openAdmission, type NewJob } from './admit-jobs.js';
import { cancelJob, type CancelVerdict } from './cancel-job.js';
import { claimJobs, type ClaimedJob } from './claim-jobs.js';
import { openSettler, type Settlement, type SettleVerdict } from './settle-attempts.js';

/** Transactions are held open, and others held up by them, where the spec says so: each race in one order of its own. */
describe('transactions that meet', () => {
  let bench: JobBench;
  let other: Database;
  let worker: number;
  let provider: string;
  let specs = 0;

  beforeAll(async () => {
    bench = await openJobBench();
    other = bench.anotherDatabase();
  });
  afterAll(() => bench.close());
  beforeEach(async () => {
    worker = await bench.worker();
    provider = `meeting-${(specs += 1)}`;
  });
  afterEach(async () => {
    await bench.database.query(sql`update workers set lease_until = clock_timestamp() - interval '1 s'`);
    await recover(bench.database);
    const last = await bench.worker();
    // Those that have ended two workers come alone.
    for (let jobs = await claim(bench.database, last); jobs.length > 0; jobs = await claim(bench.database, last)) {
      for (const job of jobs) await bench.settler.settle(success(job));
    }
    expect(await bench.database.query(sql`select job_id from live_jobs`)).toEqual([]);
    expect(await bench.ledger()).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
  });

  const held = <Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Held<Result>> => hold(other, work);
  const begun = <Result>(work: (transaction: Queryable) => Promise<Result>): Promise<HeldUp<Result>> =>
    beginHeldUp(other, work);
  const lock = (rows: SqlStatement): Promise<Held<unknown>> =>
    held((transaction) => transaction.query(sql`${rows} for no key update`));

  const admit = (overrides: Partial<NewJob> = {}): Promise<JobId> => bench.admit({ provider, ...overrides });
  async function admitIn(database: Queryable, ...jobs: Partial<NewJob>[]): Promise<void> {
    const admission = openAdmission(database, bench.queue);
    await Promise.all(jobs.map((overrides) => admission.admit(bench.job({ provider, ...overrides }))));
  }
  const claim = (database: Queryable, by = worker, slots = 100): Promise<ClaimedJob[]> =>
    claimJobs(database, { workerId: by, provider, slots, concurrency: 1_000 }).then(({ jobs }) => [...jobs]);
  async function running(by = worker): Promise<ClaimedJob> {
    const id = await admit();
    const [job] = await claim(bench.database, by, 1);
    if (job?.id !== id) throw new Error('Another job waits.');
    return job;
  }
  async function settleIn(database: Queryable, ...settlements: Settlement[]): Promise<SettleVerdict[]> {
    const settler = openSettler(database, bench.queue);
    return await Promise.all(settlements.map((settlement) => settler.settle(settlement)));
  }
  const cancel = (database: Queryable, id: JobId): Promise<CancelVerdict> => cancelJob(database, bench.queue, id);
  async function recover(database: Queryable): Promise<number> {
    return (await database.query(sql`select job_id from recover_jobs(100, '{}', '{}', '{}')`)).length;
  }
  async function statusOf(id: JobId): Promise<string> {
    return (await bench.read(id)).status;
  }
  const idsOf = (jobs: readonly ClaimedJob[]): JobId[] => jobs.map((job) => job.id);

  describe('over a lane', () => {
    it('keep it open where a claim empties it beside an admission', async () => {
      const first = await admit();
      const admission = await held((transaction) => admitIn(transaction, {}));
      expect(idsOf(await claim(bench.database))).toEqual([first]);
      await admission.commit();
      expect((await claim(bench.database)).length).toBe(1);
    });

    it.each([
      ['an admission', async () => (transaction: Queryable) => admitIn(transaction, {})],
      [
        'a settlement that puts back',
        async () => {
          const job = await running();
          return (transaction: Queryable) => settleIn(transaction, tryAgain(job, 0));
        },
      ],
      [
        'a recovery',
        async () => {
          const dead = await bench.worker();
          await running(dead);
          await bench.killWorker(dead);
          return recover;
        },
      ],
    ])('open it again for %s that a claim held up while it closed the lane', async (_, prepare) => {
      const open: (transaction: Queryable) => Promise<unknown> = await prepare();
      await admit();
      const closing = await held((transaction) => claim(transaction));
      expect(closing.result.length).toBe(1);
      const opening = await begun(open);
      await closing.commit();
      await opening.ended;
      expect((await claim(bench.database)).length).toBe(1);
    });

    it('lock it in one order, also where a claim brings jobs back from their delay', async () => {
      for (const model of ['m1', 'm2', 'm3']) await cancel(bench.database, await admit({ model }));
      await claim(bench.database);
      await admit({ model: 'm3', delayMs: 1 });
      await bench.database.query(sql`update live_jobs set ready_at = clock_timestamp()`);
      // An admission to all three lanes, all of them closed, is held up at the first.
      const firstLane = await lock(
        sql`select id from lanes where model = 'm1' and provider_id = (select id from providers where name = ${provider})`,
      );
      const admission = await begun((transaction) =>
        admitIn(transaction, { model: 'm1' }, { model: 'm2' }, { model: 'm3' }),
      );
      // Another one opens the second; a claim, held up at its job, has opened the third.
      const id = await admit({ model: 'm2' });
      const job = await lock(sql`select job_id from live_jobs where job_id = ${uuidOfJob(id)}::uuid`);
      const claiming = await begun((transaction) => claim(transaction));
      await firstLane.commit();
      await admission.untilStill();
      await job.commit();
      const claimed = await claiming.ended;
      await admission.ended;
      expect(claimed.length + (await claim(bench.database)).length).toBe(5);
    });
  });

  describe('over a job', () => {
    it('claim it once', async () => {
      const ids = [await admit(), await admit(), await admit()];
      const first = await held((transaction) => claim(transaction, worker, 2));
      const second = await begun((transaction) => claim(transaction));
      await first.commit();
      expect(idsOf([...first.result, ...(await second.ended)]).toSorted()).toEqual(ids);
    });

    it('start none before it was admitted, also where its claim was held up meanwhile', async () => {
      const delayed = await admit({ delayMs: 1 });
      await bench.database.query(sql`update live_jobs set ready_at = clock_timestamp()`);
      const unparking = await lock(sql`select job_id from live_jobs where job_id = ${uuidOfJob(delayed)}::uuid`);
      const claiming = await begun((transaction) => claim(transaction));
      const late = await admit();
      await unparking.commit();
      expect(idsOf(await claiming.ended).toSorted()).toEqual([delayed, late].toSorted());
      const early = await bench.database.query(sql`
        select l.job_id from live_jobs l join attempts a on a.job_id = l.job_id
         where l.started_at < l.created_at or a.started_at < l.started_at`);
      expect(early).toEqual([]);
    });

    it('leave out of a claim what is being canceled, and take what is behind it', async () => {
      const [canceled, next] = [await admit(), await admit()];
      const canceling = await held((transaction) => cancel(transaction, canceled));
      const claiming = await begun((transaction) => claim(transaction));
      await canceling.commit();
      expect([canceling.result, idsOf(await claiming.ended)]).toEqual(['canceled', [next]]);
    });

    it('bring the wish to the worker that is claiming the job', async () => {
      const id = await admit();
      const claiming = await held((transaction) => claim(transaction));
      const canceling = await begun((transaction) => cancel(transaction, id));
      await claiming.commit();
      expect(await canceling.ended).toBe('running');
      const verdicts = await settleIn(bench.database, ...claiming.result.map((job) => tryAgain(job, 0)));
      expect([verdicts, await statusOf(id)]).toEqual([['ended'], 'canceled']);
    });

    it('cancel what a settlement was about to put back', async () => {
      const job = await running();
      const canceling = await held((transaction) => cancel(transaction, job.id));
      const settling = await begun((transaction) => settleIn(transaction, tryAgain(job, 0)));
      await canceling.commit();
      expect([canceling.result, await settling.ended, await statusOf(job.id)]).toEqual([
        'running',
        ['ended'],
        'canceled',
      ]);
    });

    it.each([
      ['ended', 'succeeded', success],
      ['canceled', 'canceled', (job: ClaimedJob) => tryAgain(job, 0)],
    ] as const)('answer a cancel that a settlement held up: %s', async (verdict, status, settlementOf) => {
      const job = await running();
      const settling = await held((transaction) => settleIn(transaction, settlementOf(job)));
      const canceling = await begun((transaction) => cancel(transaction, job.id));
      await settling.commit();
      expect([await canceling.ended, await statusOf(job.id)]).toEqual([verdict, status]);
    });

    it.each([success, (job: ClaimedJob) => tryAgain(job, 0)])(
      'take nothing back that is being settled',
      async (end) => {
        const job = await running();
        await bench.killWorker(worker);
        const settling = await held((transaction) => settleIn(transaction, end(job)));
        const recovery = await begun(recover);
        await settling.commit();
        expect(await recovery.ended).toBe(0);
      },
    );

    it('settle nothing that is being taken back', async () => {
      const job = await running();
      await bench.killWorker(worker);
      const recovery = await held(recover);
      const settling = await begun((transaction) => settleIn(transaction, success(job)));
      await recovery.commit();
      expect([recovery.result, await settling.ended, await statusOf(job.id)]).toEqual([1, ['stale'], 'queued']);
    });

    it('give nothing to a worker whose jobs are being taken back', async () => {
      await running();
      await admit();
      await bench.killWorker(worker);
      const recovery = await held(recover);
      const claiming = await begun((transaction) => claim(transaction));
      await recovery.commit();
      expect(await claiming.ended).toEqual([]);
      expect((await claim(bench.database, await bench.worker())).length).toBe(2);
    });

    it('take back what a dying worker was still claiming', async () => {
      await admit();
      await bench.killWorker(worker);
      const claiming = await held((transaction) => claim(transaction));
      expect([claiming.result.length, await recover(bench.database)]).toEqual([1, 0]);
      await claiming.commit();
      expect(await recover(bench.database)).toBe(1);
    });

    it('end nothing for its time that is claimed while it is looked for', async () => {
      const id = await admit();
      await bench.database.query(sql`update live_jobs set expires_at = clock_timestamp()`);
      // To look for such jobs takes a weaker lock than to end them: the one goes on, the other waits for the claim.
      const claiming = await held(async (transaction) => {
        await transaction.query(sql`lock table live_jobs in exclusive mode`);
        await transaction.query(sql`update live_jobs set expires_at = 'infinity'`);
        return await claim(transaction);
      });
      const ending = await begun((transaction) =>
        transaction.query(sql`select job_id from end_overdue_jobs(100, '{}')`),
      );
      await claiming.commit();
      expect([idsOf(claiming.result), await ending.ended, await statusOf(id)]).toEqual([[id], [], 'running']);
    });

    it('lock them in one order, also those that two dead workers held', async () => {
      const [older, newer] = [await bench.worker(), await bench.worker()];
      // The one with the lower id belongs to the worker that is looked at last.
      const [first, last] = [await running(newer), await running(older)];
      await bench.killWorker(older);
      await bench.killWorker(newer);
      const attempt = await lock(sql`select number from attempts where job_id = ${uuidOfJob(last.id)}::uuid`);
      const recovery = await begun(recover);
      const settling = await begun((transaction) => settleIn(transaction, success(first), success(last)));
      await attempt.commit();
      expect([await recovery.ended, await settling.ended]).toEqual([2, ['stale', 'stale']]);
    });
  });
});
