import { uuidOfJob, type JobId } from '@switchyard/contract';
import { sql, type Queryable, type SqlStatement } from '@switchyard/database';
import { openJobBench, RESERVED, success, type JobBench } from './__fixtures__/job-bench.js';
import { openAdmission, type NewJob } from './admit-jobs.js';

describe('the admission of jobs', () => {
  let bench: JobBench;
  let worker: number;

  beforeAll(async () => {
    bench = await openJobBench();
    worker = await bench.worker();
  });
  afterAll(() => bench.close());

  async function count(table: 'jobs' | 'live_jobs' | 'attempts' | 'ledger_entries' | 'job_payloads'): Promise<number> {
    const tables = {
      jobs: sql`jobs`,
      live_jobs: sql`live_jobs`,
      attempts: sql`attempts`,
      ledger_entries: sql`ledger_entries`,
      job_payloads: sql`job_payloads`,
    };
    const [row] = await bench.database.query<{ rows: bigint }>(sql`select count(*) as rows from ${tables[table]}`);
    return Number(row?.rows);
  }

  async function deadlocks(): Promise<bigint | undefined> {
    await bench.database.query(sql`select pg_stat_clear_snapshot()`);
    const [row] = await bench.database.query<{ deadlocks: bigint }>(
      sql`select deadlocks from pg_stat_database where datname = current_database()`,
    );
    return row?.deadlocks;
  }

  async function endAll(provider = 'openai'): Promise<JobId[]> {
    const ended: JobId[] = [];
    for (;;) {
      const jobs = await bench.claim(worker, 50, 1_000, provider);
      if (jobs.length === 0) return ended;
      await Promise.all(jobs.map((job) => bench.settler.settle(success(job))));
      ended.push(...jobs.map((job) => job.id));
    }
  }

  it('lets a group of several tenants, models and types in at once', async () => {
    const types = ['generation', 'code', 'embedding', 'image'] as const;
    const jobs = Array.from({ length: 40 }, (_, index) =>
      bench.job({
        tenantId: bench.tenants[index % 2] ?? 0,
        model: `model-${index % 3}`,
        type: types[index % 4] ?? 'code',
        priority: index % 10,
        delayMs: index === 7 ? 60_000 : 0,
      }),
    );
    await Promise.all(jobs.map((job) => bench.admission.admit(job)));
    for (const job of jobs) {
      expect((await bench.reader.read(job.id))?.tenantId).toBe(job.tenantId);
      expect(await bench.read(job.id)).toMatchObject({ model: job.model, type: job.type, priority: job.priority });
    }
    expect((await endAll()).toSorted()).toEqual(
      jobs.filter((job) => job.delayMs === 0).map((job) => job.id).toSorted(), // prettier-ignore
    );
  });

  it('makes one job of the same one, in one group, in two, and from two processes at once', async () => {
    const other = openAdmission(bench.anotherDatabase(), bench.queue);
    const before = await count('ledger_entries');
    const jobs = Array.from({ length: 20 }, () => bench.job());
    const twice = [...jobs, ...jobs];
    const [here, there] = await Promise.all([
      Promise.all(twice.map((job) => bench.admission.admit(job))),
      Promise.all(twice.map((job) => other.admit(job))),
    ]);
    const moments = (verdicts: typeof here): Map<JobId, string> =>
      new Map(verdicts.flatMap((each) => ('job' in each ? [[each.job.id, each.job.createdAt.toISOString()]] : [])));
    expect(moments(there)).toEqual(moments(here));
    for (const job of jobs) expect((await bench.read(job.id)).createdAt).toBe(moments(here).get(job.id));
    expect(await count('ledger_entries')).toBe(before + jobs.length);
    expect((await endAll()).length).toBe(jobs.length);
  });

  it('answers a job that has ended meanwhile, and lets it not in again', async () => {
    const job = bench.job();
    const first = await bench.admission.admit(job);
    await endAll();
    expect(await bench.admission.admit(job)).toEqual(first);
    expect(await endAll()).toEqual([]);
    expect((await bench.read(job.id)).status).toBe('succeeded');
  });

  it('makes one job where the answer to the first try is lost on its way', async () => {
    let sent = 0;
    // As a proxy that cuts the connection once the server has committed.
    const cut: Queryable = {
      async query<Row extends object>(statement: SqlStatement): Promise<Row[]> {
        const rows = await bench.database.query<Row>(statement);
        sent += 1;
        if (sent === 1) throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
        return rows;
      },
    };
    const job = bench.job({ provider: 'cut' });
    const verdict = await openAdmission(cut, bench.queue).admit(job);
    expect([sent, verdict]).toMatchObject([2, { verdict: 'admitted', job: { id: job.id } }]);
    const jobs = await bench.database.query(sql`
      select l.job_id from live_jobs l join providers p on p.id = l.provider_id where p.name = 'cut'`);
    expect(jobs).toEqual([{ job_id: uuidOfJob(job.id) }]);
    expect(await endAll('cut')).toEqual([job.id]);
  });

  it('refuses a row that cannot be stored alone, and leaves nothing of it', async () => {
    const good = Array.from({ length: 6 }, () => bench.job());
    const bad: NewJob[] = [
      bench.job({ type: 'poem' as 'code' }),
      bench.job({ tenantId: 999_999 }),
      bench.job({ payload: '{}', clientData: { metadata: { a: '\u0000' }, userId: null, task: null } }),
    ];
    const tables = ['jobs', 'live_jobs', 'attempts', 'ledger_entries', 'job_payloads'] as const;
    const before = await Promise.all(tables.map(count));
    const verdicts = await Promise.allSettled(
      [good[0], bad[0], good[1], good[2], bad[1], good[3], bad[2], good[4], good[5]].map((job) =>
        bench.admission.admit(job ?? bench.job()),
      ),
    );
    expect(verdicts.map(({ status }) => status === 'fulfilled')).toEqual([
      true,
      false,
      true,
      true,
      false,
      true,
      false,
      true,
      true, // prettier-ignore
    ]);
    expect(await Promise.all(tables.map(count))).toEqual(before.map((rows) => rows + good.length));
    expect((await endAll()).toSorted()).toEqual(good.map((job) => job.id).toSorted());
  });

  it('keeps a group of large payloads apart from the others, and admits it', async () => {
    const payload = JSON.stringify({ version: 1, filler: 'x'.repeat(5_000_000) });
    const jobs = [bench.job({ payload }), bench.job(), bench.job({ payload }), bench.job()];
    await Promise.all(jobs.map((job) => bench.admission.admit(job)));
    const claimed = await bench.claim(worker);
    expect(claimed.map((job) => job.payload.length).toSorted()).toEqual(
      jobs.map((job) => job.payload.length).toSorted(),
    );
    await Promise.all(claimed.map((job) => bench.settler.settle(success(job))));
  });

  it('goes on in four processes at once over the same new lanes without a deadlock', async () => {
    const before = await deadlocks();
    const admissions = Array.from({ length: 4 }, () => openAdmission(bench.anotherDatabase(), bench.queue));
    const admitted: JobId[] = [];
    for (let round = 0; round < 12; round += 1) {
      const lanes = Array.from({ length: 24 }, (_, index) => `new-${round}-${index}`);
      await Promise.all(
        admissions.map(async (admission, which) => {
          const order = which % 2 === 0 ? lanes : lanes.toReversed();
          const jobs = order.map((model) => bench.job({ provider: `busy-${round % 3}`, model }));
          await Promise.all(jobs.map((job) => admission.admit(job)));
          admitted.push(...jobs.map((job) => job.id));
        }),
      );
    }
    expect(await deadlocks()).toBe(before);
    const ended = await Promise.all([0, 1, 2].map((each) => endAll(`busy-${each}`)));
    expect(ended.flat().toSorted()).toEqual(admitted.toSorted());
  }, 60_000);

  it('has reserved for each job once, and holds nothing once they have ended', async () => {
    const [row] = await bench.database.query<{ attempts: bigint; reserved: bigint }>(sql`
      select count(*) as attempts, sum(amount_nano)::bigint as reserved from ledger_entries where kind = 'reserve'`);
    expect(row?.reserved).toBe((row?.attempts ?? 0n) * RESERVED);
    await bench.database.query(sql`update live_jobs set ready_at = clock_timestamp() where parked`);
    await endAll();
    expect(await count('live_jobs')).toBe(0);
    expect(await bench.ledger()).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
  });
});
