import type { JobId } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';
import { openJobBench, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { openAdmission } from './admit-jobs.js';
import { cancelJob } from './cancel-job.js';
import { claimJobs, type ClaimedJob } from './claim-jobs.js';
import { registerWorker } from './lease.js';
import { openSettler, type Settler } from './settle-attempts.js';

/** What one process of a worker has: connections of its own, and a lease. */
interface Contender {
  readonly database: Database;
  readonly settler: Settler;
  readonly workerId: number;
}

describe('processes that race', () => {
  let bench: JobBench;
  let contenders: readonly Contender[];

  beforeAll(async () => {
    bench = await openJobBench();
    contenders = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const database = bench.anotherDatabase();
        const workerId = await registerWorker(database, 'racer');
        return { database, settler: openSettler(database, bench.queue), workerId };
      }),
    );
  });
  afterAll(() => bench.close());
  afterEach(async () => {
    expect(await bench.database.query(sql`select job_id from live_jobs`)).toEqual([]);
    expect(await bench.ledger()).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
    expect(await deadlocks()).toBe(0n);
  });

  async function deadlocks(): Promise<bigint | undefined> {
    const [row] = await bench.database.query<{ deadlocks: bigint }>(
      sql`select deadlocks from pg_stat_database where datname = current_database()`,
    );
    return row?.deadlocks;
  }

  const claim = ({ database, workerId }: Contender, slots: number, provider = 'openai'): Promise<ClaimedJob[]> =>
    claimJobs(database, { workerId, provider, slots, concurrency: 100_000 });

  /** Every attempt of a job that ended: how it ended, and how often it was settled. */
  async function settledOf(ids: readonly JobId[]): Promise<{ state: string; settled: bigint }[]> {
    return await bench.database.query(sql`
      select a.state, (select count(*) from ledger_entries l
                        where l.job_id = a.job_id and l.attempt = a.number and l.kind in ('settle', 'release')
                          and (l.kind = 'settle' or a.state = 'released')) as settled
        from attempts a where a.job_id = any (${ids.map((id) => id.slice(4))}::uuid[])`);
  }

  it('claim each of 200 jobs exactly once, eight at once', async () => {
    const ids = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        bench.admit({ model: `m${index % 7}`, tenantId: bench.tenants[index % 2] ?? 0 }),
      ),
    );
    const claimed = await Promise.all(
      contenders.map(async (contender) => {
        const mine: ClaimedJob[] = [];
        for (;;) {
          const jobs = await claim(contender, 5);
          if (jobs.length === 0) return mine;
          mine.push(...jobs);
        }
      }),
    );
    expect(claimed.flat().map((job) => job.id).toSorted()).toEqual(ids.toSorted()); // prettier-ignore
    expect(claimed.flat().every((job) => job.epoch === 1)).toBe(true);
    await Promise.all(
      claimed.flatMap((jobs, index) => jobs.map((job) => contenders[index]?.settler.settle(success(job)))),
    );
  });

  it('strand no job: what is admitted beside claims that empty the lanes is claimed without a reconciler', async () => {
    const total = 3_000;
    const admissions = contenders.slice(0, 3).map(({ database }) => openAdmission(database, bench.queue));
    let admitting = true;
    const admitted: JobId[] = [];
    // Few at a time over few lanes, so that the lanes are emptied and filled again all the time.
    const admit = Promise.all(
      admissions.map(async (admission, which) => {
        for (let count = 0; count < total / 3; count += 4) {
          const jobs = Array.from({ length: 4 }, (_, index) =>
            bench.job({ provider: 'tight', model: `m${(count + index + which) % 3}`, delayMs: index === 3 ? 1 : 0 }),
          );
          await Promise.all(jobs.map((job) => admission.admit(job)));
          admitted.push(...jobs.map((job) => job.id));
        }
      }),
    ).finally(() => (admitting = false));
    const claimed = new Set<JobId>();
    let emptyHanded = 0;
    const work = Promise.all(
      contenders.slice(3, 7).map(async (contender, which) => {
        for (let idle = 0; idle < 5;) {
          const jobs = await claim(contender, 1 + which * 4, 'tight');
          if (jobs.length === 0) emptyHanded += 1;
          idle = jobs.length > 0 || admitting ? 0 : idle + 1;
          for (const job of jobs) {
            expect(claimed.has(job.id) && job.epoch === 1).toBe(false);
            claimed.add(job.id);
          }
          // Some come back, at once or a little later, into lanes that others empty meanwhile.
          await Promise.all(
            jobs.map((job, index) =>
              contender.settler.settle(
                job.epoch < 3 && (index + which) % 5 === 0 ? tryAgain(job, index % 2) : success(job),
              ),
            ),
          );
        }
      }),
    );
    await admit;
    await work;
    const stranded = await bench.database.query(sql`
      select l.job_id, l.parked, lanes.waiting from live_jobs l join lanes on lanes.id = l.lane_id where l.worker_id is null`);
    expect(stranded).toEqual([]);
    expect([...claimed].toSorted()).toEqual(admitted.toSorted());
    expect(admitted.length).toBeGreaterThanOrEqual(total);
    // Else the lanes were never empty, and this was no test of it.
    expect(emptyHanded).toBeGreaterThan(20);
  }, 60_000);

  it('strand no job in a lane that a claim empties while the last job comes in', async () => {
    const [admitting, settling, ...claiming] = contenders;
    if (!admitting || !settling) throw new Error('No contenders.');
    const admission = openAdmission(admitting.database, bench.queue);
    for (let round = 0; round < 250; round += 1) {
      // No further job comes into these lanes, so that one that is closed too soon stays closed.
      const models = Array.from({ length: 6 }, (_, index) => `last-${round}-${index}`);
      const admit = (): Promise<unknown> =>
        Promise.all(models.map((model) => admission.admit(bench.job({ provider: 'last', model }))));
      await admit();
      const claimed = (await Promise.all([admit(), ...claiming.map((contender) => claim(contender, 9, 'last'))])).slice(
        1,
      );
      await Promise.all(
        claiming.flatMap((contender, index) =>
          ((claimed[index] ?? []) as ClaimedJob[]).map((job, which) =>
            contender.settler.settle(which % 2 === 0 ? success(job) : tryAgain(job, 0)),
          ),
        ),
      );
    }
    for (let jobs = await claim(settling, 500, 'last'); jobs.length > 0; jobs = await claim(settling, 500, 'last')) {
      await Promise.all(jobs.map((job) => settling.settler.settle(success(job))));
    }
  }, 60_000);

  it('cancel or claim a job, never both without the wish reaching its worker', async () => {
    const ids = await Promise.all(Array.from({ length: 120 }, () => bench.admit({ provider: 'cancels' })));
    const [canceler, ...others] = contenders;
    if (!canceler) throw new Error('No contenders.');
    const [verdicts, claimed] = await Promise.all([
      Promise.all(ids.map((id) => cancelJob(canceler.database, bench.queue, id))),
      Promise.all(
        others.map(async (contender) => {
          const mine: ClaimedJob[] = [];
          for (let round = 0; round < 6; round += 1) mine.push(...(await claim(contender, 4, 'cancels')));
          return mine;
        }),
      ),
    ]);
    const running = claimed.flat().map((job) => job.id);
    const canceled = ids.filter((_, index) => verdicts[index] === 'canceled');
    expect(new Set([...running, ...canceled]).size).toBe(running.length + canceled.length);
    const wishes = await bench.database.query<{ id: string }>(
      sql`select job_id as id from live_jobs where cancel_requested_at is not null`,
    );
    expect(wishes.length).toBe(verdicts.filter((verdict) => verdict === 'running').length);
    await Promise.all(
      claimed.flatMap((jobs, index) => jobs.map((job) => others[index]?.settler.settle(tryAgain(job, 0)))),
    );
    for (const job of await claim(canceler, 200, 'cancels')) await canceler.settler.settle(success(job));
    expect((await settledOf(ids)).every(({ settled }) => settled === 1n)).toBe(true);
  });

  it('settle or take back a job, never both', async () => {
    for (let round = 0; round < 6; round += 1) {
      const ids = await Promise.all(Array.from({ length: 40 }, () => bench.admit({ provider: 'recovers' })));
      const workerId = await bench.worker();
      const jobs = await bench.claim(workerId, 40, 1_000, 'recovers');
      await bench.killWorker(workerId);
      const recover = ({ database }: Contender): Promise<{ job_id: string; outcome: string | null }[]> =>
        database.query(sql`select job_id, outcome from recover_jobs(5, '{}', '{}', '{}')`);
      const [verdicts, recovered] = await Promise.all([
        Promise.all(
          jobs.map((job, index) =>
            contenders[index % 4]?.settler.settle(index % 2 === 0 ? success(job) : tryAgain(job, 0)),
          ),
        ),
        Promise.all(contenders.slice(4).map(recover)),
      ]);
      expect(recovered.flat().length).toBe(verdicts.filter((verdict) => verdict === 'stale').length);
      const attempts = await settledOf(ids);
      expect(attempts.filter(({ state }) => state === 'unknown').length).toBe(recovered.flat().length);
      const [finisher] = contenders;
      if (!finisher) throw new Error('No contenders.');
      for (const job of await claim(finisher, 200, 'recovers')) await finisher.settler.settle(success(job));
      expect((await settledOf(ids)).every(({ settled }) => settled === 1n)).toBe(true);
    }
  });

  it('settle or cancel a running job: it ends once', async () => {
    const ids = await Promise.all(Array.from({ length: 100 }, () => bench.admit({ provider: 'ends' })));
    const [canceler, holder] = contenders;
    if (!canceler || !holder) throw new Error('No contenders.');
    const jobs = await claim(holder, 100, 'ends');
    const [verdicts, wishes] = await Promise.all([
      Promise.all(jobs.map((job, index) => holder.settler.settle(index % 2 === 0 ? success(job) : tryAgain(job, 5)))),
      Promise.all(jobs.map((job) => cancelJob(canceler.database, bench.queue, job.id))),
    ]);
    for (const [index, job] of jobs.entries()) {
      const { status } = await bench.read(job.id);
      if (verdicts[index] === 'ended') expect(['succeeded', 'canceled']).toContain(status);
      else expect({ status, wish: wishes[index] }).toEqual({ status: 'canceled', wish: 'canceled' });
    }
    expect((await settledOf(ids)).every(({ settled }) => settled === 1n)).toBe(true);
  });

  it('put back into the same empty lanes from several sides without a deadlock', async () => {
    for (let round = 0; round < 10; round += 1) {
      const models = Array.from({ length: 16 }, (_, index) => `back-${index}`);
      // Ids rise in the order of their making: so each contender's jobs lead through the lanes in another order.
      for (const [index] of contenders.entries()) {
        const order = index % 2 === 0 ? models : models.toReversed();
        const turned = [...order.slice(index), ...order.slice(0, index)];
        await Promise.all(turned.map((model) => bench.admit({ provider: 'back', model })));
      }
      const held = await Promise.all(contenders.map((contender) => claim(contender, 16, 'back')));
      // The lanes are empty now; all put back at once, each in the order of its own ids, and two are taken back besides.
      const [first, second, ...rest] = contenders;
      if (!first || !second) throw new Error('No contenders.');
      await bench.killWorker(first.workerId);
      await bench.killWorker(second.workerId);
      await Promise.all([
        bench.database.query(sql`select job_id from recover_jobs(100, '{}', '{}', '{}')`),
        ...rest.map((contender, index) =>
          Promise.all((held[index + 2] ?? []).map((job) => contender.settler.settle(tryAgain(job, 0)))),
        ),
      ]);
      await bench.database.query(sql`select job_id from recover_jobs(100, '{}', '{}', '{}')`);
      await bench.database.query(
        sql`update workers set stopped_at = null, lease_until = clock_timestamp() + interval '1 day' where kind = 'racer'`,
      );
      for (let jobs = await claim(first, 200, 'back'); jobs.length > 0; jobs = await claim(first, 200, 'back')) {
        await Promise.all(jobs.map((job) => first.settler.settle(success(job))));
      }
    }
  }, 60_000);
});
