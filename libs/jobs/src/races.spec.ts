import { uuidOfJob, type JobId } from '@switchyard/contract';
import { sql, type Database, type Queryable } from '@switchyard/database';
import { openJobBench, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { openAdmission, type NewJob } from './admit-jobs.js';
import { cancelJob } from './cancel-job.js';
import { claimJobs, type ClaimedJob } from './claim-jobs.js';
import { registerWorker } from './lease.js';
import { openSettler, type Settler } from './settle-attempts.js';

/** What one process of a worker has: connections of its own, and a lease. */
interface Contender {
  readonly database: Queryable;
  readonly settler: Settler;
  readonly workerId: number;
}

/** Whatever order it happens in; single orders that matter stand in `interleavings.spec.ts`. */
describe('processes that race', () => {
  let bench: JobBench;
  let contenders: readonly Contender[];
  let first: Contender;
  let second: Contender;
  let deadlocks = 0;

  beforeAll(async () => {
    bench = await openJobBench();
    const open = async (): Promise<Contender> => {
      const own = bench.anotherDatabase();
      const workerId = await registerWorker(own, 'racer');
      const database = watched(own);
      return { database, settler: openSettler(database, bench.queue), workerId };
    };
    first = await open();
    second = await open();
    contenders = [first, second, ...(await Promise.all(Array.from({ length: 6 }, open)))];
    await renewLeases();
  });
  afterAll(() => bench.close());
  afterEach(async () => {
    expect(await bench.database.query(sql`select job_id from live_jobs`)).toEqual([]);
    expect(await bench.ledger()).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
    expect(deadlocks).toBe(0);
  });

  /** Counts the deadlocks that are tried again, and would not show. */
  function watched(database: Database): Queryable {
    return {
      query: async (statement) => {
        try {
          return await database.query(statement);
        } catch (error) {
          if (error instanceof Error && 'code' in error && error.code === '40P01') deadlocks += 1;
          throw error;
        }
      },
    };
  }

  async function renewLeases(): Promise<void> {
    await bench.database.query(sql`
      update workers set stopped_at = null, lease_until = clock_timestamp() + interval '1 day' where kind = 'racer'`);
  }

  const claim = ({ database, workerId }: Contender, slots: number, provider: string): Promise<ClaimedJob[]> =>
    claimJobs(database, { workerId, provider, slots, concurrency: 100_000 }).then(({ jobs }) => [...jobs]);
  const recover = ({ database }: Contender): Promise<{ job_id: string }[]> =>
    database.query(sql`select job_id from recover_jobs(100, '{}', '{}', '{}')`);
  const admitMany = (count: number, overrides: (index: number) => Partial<NewJob>): Promise<JobId[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => bench.admit(overrides(index))));

  async function succeedAll({ settler }: Contender, jobs: readonly ClaimedJob[]): Promise<void> {
    await Promise.all(jobs.map((job) => settler.settle(success(job))));
  }

  /** Runs everything that can be claimed. What is stranded stays. */
  async function finish(contender: Contender, provider: string): Promise<void> {
    let jobs: ClaimedJob[];
    do {
      jobs = await claim(contender, 500, provider);
      await succeedAll(contender, jobs);
    } while (jobs.length > 0);
  }

  /** How often each attempt was closed. */
  async function closings(ids: readonly JobId[]): Promise<bigint[]> {
    const rows = await bench.database.query<{ closed: bigint }>(sql`
      select (select count(*) from ledger_entries l
               where l.job_id = a.job_id and l.attempt = a.number
                 and l.kind = case a.state when 'released' then 'release' else 'settle' end::ledger_kind) as closed
        from attempts a where a.job_id = any (${ids.map(uuidOfJob)}::uuid[])`);
    return rows.map(({ closed }) => closed);
  }

  it('claim each of 200 jobs exactly once, eight at once', async () => {
    const provider = 'claims';
    const ids = await admitMany(200, (index) => ({
      provider,
      model: `m${index % 7}`,
      tenantId: bench.tenants[index % 2] ?? 0,
    }));
    const claimed = await Promise.all(
      contenders.map(async (contender) => {
        const mine: ClaimedJob[] = [];
        for (;;) {
          const jobs = await claim(contender, 5, provider);
          if (jobs.length === 0) return mine;
          mine.push(...jobs);
        }
      }),
    );
    expect(claimed.flat().map((job) => `${job.id} ${job.epoch}`).toSorted()).toEqual(ids.map((id) => `${id} 1`).toSorted()); // prettier-ignore
    await Promise.all(contenders.map((contender, index) => succeedAll(contender, claimed[index] ?? [])));
  });

  it('strand no job in lanes that are emptied and filled from all sides', async () => {
    const provider = 'tight';
    const total = 1_200;
    const admitted: JobId[] = [];
    const admit = Promise.all(
      contenders.slice(0, 3).map(async ({ database }, which) => {
        const admission = openAdmission(database, bench.queue);
        for (let count = 0; count < total / 3; count += 4) {
          const jobs = Array.from({ length: 4 }, (_, index) =>
            bench.job({ provider, model: `m${(count + index + which) % 3}`, delayMs: index === 3 ? 1 : 0 }),
          );
          await Promise.all(jobs.map((job) => admission.admit(job)));
          admitted.push(...jobs.map((job) => job.id));
        }
      }),
    );
    const epochs: string[] = [];
    const ended = new Set<JobId>();
    const limit = performance.now() + 25_000;
    const work = Promise.all(
      contenders.slice(3).map(async (contender, which) => {
        while (ended.size < total && performance.now() < limit) {
          const jobs = await claim(contender, 1 + which * 3, provider);
          epochs.push(...jobs.map((job) => `${job.id} ${job.epoch}`));
          // Some come back, at once or a little later, into lanes that others empty meanwhile.
          await Promise.all(
            jobs.map(async (job, index) => {
              const again = job.epoch < 3 && (index + which) % 5 === 0;
              await contender.settler.settle(again ? tryAgain(job, index % 2) : success(job));
              if (!again) ended.add(job.id);
            }),
          );
        }
      }),
    );
    await Promise.all([admit, work]);
    expect([...ended].toSorted()).toEqual(admitted.toSorted());
    expect(new Set(epochs).size).toBe(epochs.length);
  }, 30_000);

  it('strand no job in a lane that a claim empties while the last job comes in', async () => {
    const provider = 'last';
    const admission = openAdmission(first.database, bench.queue);
    const claiming = contenders.slice(2);
    for (let round = 0; round < 120; round += 1) {
      // No further job comes into these lanes, so that one that is closed too soon stays closed.
      const models = Array.from({ length: 6 }, (_, index) => `last-${round}-${index}`);
      const admit = (): Promise<unknown> =>
        Promise.all(models.map((model) => admission.admit(bench.job({ provider, model }))));
      await admit();
      const [claimed] = await Promise.all([
        Promise.all(claiming.map((contender) => claim(contender, 9, provider))),
        admit(),
      ]);
      await Promise.all(
        claiming.flatMap(({ settler }, index) =>
          (claimed[index] ?? []).map((job, which) => settler.settle(which % 2 === 0 ? success(job) : tryAgain(job, 0))),
        ),
      );
    }
    await finish(second, provider);
  }, 30_000);

  it('cancel or claim a job, never both without the wish reaching its worker', async () => {
    const provider = 'cancels';
    const ids = await admitMany(120, () => ({ provider }));
    const others = contenders.slice(1);
    const [verdicts, claimed] = await Promise.all([
      Promise.all(ids.map((id) => cancelJob(first.database, bench.queue, id))),
      Promise.all(
        others.map(async (contender) => {
          const mine: ClaimedJob[] = [];
          for (let round = 0; round < 6; round += 1) mine.push(...(await claim(contender, 4, provider)));
          return mine;
        }),
      ),
    ]);
    const running = claimed.flat().map((job) => job.id);
    const canceled = ids.filter((_, index) => verdicts[index] === 'canceled');
    expect(running.filter((id) => canceled.includes(id))).toEqual([]);
    const wishes = await bench.database.query(sql`select job_id from live_jobs where cancel_requested_at is not null`);
    expect(wishes.length).toBe(verdicts.filter((verdict) => verdict === 'running').length);
    await Promise.all(
      others.flatMap(({ settler }, index) => (claimed[index] ?? []).map((job) => settler.settle(tryAgain(job, 0)))),
    );
    await finish(first, provider);
    expect(new Set(await closings(ids))).toEqual(new Set([1n]));
  });

  it('settle or take back a job, never both', async () => {
    const provider = 'recovers';
    for (let round = 0; round < 6; round += 1) {
      const ids = await admitMany(40, () => ({ provider }));
      const workerId = await bench.worker();
      const jobs = await bench.claim(workerId, 40, 1_000, provider);
      await bench.killWorker(workerId);
      const [verdicts, recovered] = await Promise.all([
        Promise.all(
          jobs.map(async (job, index) => {
            const { settler } = contenders[index % 4] ?? first;
            return await settler.settle(index % 2 === 0 ? success(job) : tryAgain(job, 0));
          }),
        ),
        Promise.all(contenders.slice(4).map(recover)),
      ]);
      expect(recovered.flat().length).toBe(verdicts.filter((verdict) => verdict === 'stale').length);
      await finish(first, provider);
      expect(new Set(await closings(ids))).toEqual(new Set([1n]));
    }
  });

  it('settle or cancel a running job: it ends once', async () => {
    const provider = 'ends';
    const ids = await admitMany(100, () => ({ provider }));
    const jobs = await claim(second, 100, provider);
    const [verdicts, wishes] = await Promise.all([
      Promise.all(jobs.map((job, index) => second.settler.settle(index % 2 === 0 ? success(job) : tryAgain(job, 5)))),
      Promise.all(jobs.map((job) => cancelJob(first.database, bench.queue, job.id))),
    ]);
    for (const [index, job] of jobs.entries()) {
      const { status } = await bench.read(job.id);
      if (verdicts[index] === 'ended') expect(['succeeded', 'canceled']).toContain(status);
      else expect({ status, wish: wishes[index] }).toEqual({ status: 'canceled', wish: 'canceled' });
    }
    expect(new Set(await closings(ids))).toEqual(new Set([1n]));
  });

  it('put back into the same empty lanes from several sides without a deadlock', async () => {
    const provider = 'back';
    const models = Array.from({ length: 16 }, (_, index) => `back-${index}`);
    for (let round = 0; round < 10; round += 1) {
      // Ids rise in the order of their making: so each contender's jobs lead through the lanes in another order.
      await Promise.all(
        [...contenders.keys()].flatMap((index) => {
          const order = index % 2 === 0 ? models : models.toReversed();
          return [...order.slice(index), ...order.slice(0, index)].map((model) => bench.admit({ provider, model }));
        }),
      );
      const held = await Promise.all(contenders.map((contender) => claim(contender, 16, provider)));
      // The lanes are empty; all put back at once, each in the order of its own ids, and two are taken back besides.
      await bench.killWorker(first.workerId);
      await bench.killWorker(second.workerId);
      await Promise.all([
        recover(first),
        ...contenders
          .slice(2)
          .map(({ settler }, index) =>
            Promise.all((held[index + 2] ?? []).map((job) => settler.settle(tryAgain(job, 0)))),
          ),
      ]);
      await renewLeases();
      await finish(first, provider);
    }
  }, 30_000);
});
