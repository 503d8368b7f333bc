import { uuidOfJob, type JobId } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { openJobBench, success, type JobBench } from './__fixtures__/job-bench.js';
import type { ClaimedJob } from './claim-jobs.js';
import { makePartitions } from './partitions.js';
import { readJob } from './read-jobs.js';

describe('partitions by day', () => {
  let bench: JobBench;
  let worker: number;

  beforeAll(async () => {
    bench = await openJobBench();
    worker = await bench.worker();
  });
  afterAll(() => bench.close());

  async function partitionsOf(parent: string): Promise<string[]> {
    const rows = await bench.database.query<{ name: string }>(sql`
      select inhrelid::regclass::text as name from pg_inherits where inhparent = ${parent}::regclass order by 1`);
    return rows.map(({ name }) => name);
  }

  /** In which partition the payload and the result of a job lie. */
  async function placesOf(id: JobId): Promise<(string | undefined)[]> {
    const uuid = uuidOfJob(id);
    const [payload] = await bench.database.query<{ name: string }>(
      sql`select tableoid::regclass::text as name from job_payloads where job_id = ${uuid}::uuid`,
    );
    const [result] = await bench.database.query<{ name: string }>(
      sql`select tableoid::regclass::text as name from job_results where job_id = ${uuid}::uuid`,
    );
    return [payload?.name, result?.name];
  }

  async function claimOne(): Promise<ClaimedJob> {
    const [job] = await bench.claim(worker, 1);
    if (!job) throw new Error('Nothing was claimed.');
    return job;
  }

  async function today(): Promise<string> {
    const [row] = await bench.database.query<{ day: string }>(
      sql`select to_char(clock_timestamp() at time zone 'utc', 'YYYYMMDD') as day`,
    );
    return row?.day ?? '';
  }

  it('take the rows of a day that has none yet into the default', async () => {
    const id = await bench.admit();
    await bench.settler.settle(success(await claimOne()));
    expect(await placesOf(id)).toEqual(['job_payloads_other', 'job_results_other']);
    expect(await bench.read(id)).toMatchObject({ status: 'succeeded', result: { content: 'an answer' } });
  });

  it('are made once, today and seven days ahead, by any number of processes, around a day that is in the default', async () => {
    const others = Array.from({ length: 4 }, () => bench.anotherDatabase());
    await Promise.all([bench.database, ...others].map((database) => makePartitions(database)));
    await makePartitions(bench.database);
    // Today has rows in the default partition, and stays there.
    for (const parent of ['job_payloads', 'job_results'] as const) {
      const names = await partitionsOf(parent);
      expect(names.length).toBe(8);
      expect(names).toContain(`${parent}_other`);
      expect(names).not.toContain(`${parent}_${await today()}`);
    }
    for (const parent of ['files', 'file_pieces']) {
      const names = await partitionsOf(parent);
      expect(names).toHaveLength(9);
      expect(names).toContain(`${parent}_${await today()}`);
    }
    const id = await bench.admit();
    await bench.settler.settle(success(await claimOne()));
    expect(await placesOf(id)).toEqual(['job_payloads_other', 'job_results_other']);
  });

  it('are made beside admissions, claims, settlements and reads without a deadlock', async () => {
    const fresh = await openJobBench();
    const by = await fresh.worker();
    const ended: JobId[] = [];
    const work = (async () => {
      for (let round = 0; round < 30; round += 1) {
        await Promise.all(Array.from({ length: 4 }, () => fresh.admit()));
        const jobs = await fresh.claim(by, 10);
        await Promise.all(jobs.map((job) => fresh.settler.settle(success(job))));
        await Promise.all(jobs.map((job) => fresh.read(job.id)));
        ended.push(...jobs.map((job) => job.id));
      }
    })();
    for (let days = 0; days < 10; days += 1) {
      await fresh.database.query(sql`select ensure_partitions(${days})`);
    }
    await work;
    expect(ended.length).toBe(120);
    await fresh.close();
  });

  it('let nobody wait behind a long report', async () => {
    const fresh = await openJobBench();
    let release: (() => void) | undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let reading: (() => void) | undefined;
    const isReading = new Promise<void>((resolve) => (reading = resolve));
    const report = fresh.database.transaction(async (transaction) => {
      await transaction.query(sql`select count(*) from job_payloads, job_results`);
      reading?.();
      await held;
    });
    await isReading;
    const making = fresh.database.query(sql`select ensure_partitions(0)`);
    const started = performance.now();
    await fresh.admit();
    expect(performance.now() - started).toBeLessThan(2_000);
    await making;
    release?.();
    await report;
    await fresh.close();
  });

  it('keep a job together that goes on over midnight', async () => {
    const id = await bench.admit();
    const uuid = uuidOfJob(id);
    // As if it had been admitted yesterday.
    await bench.database.query(sql`
      create table job_payloads_yesterday partition of job_payloads
        for values from ('2001-01-01') to ('2001-01-02')`);
    await bench.database.query(sql`
      create table job_results_yesterday partition of job_results for values from ('2001-01-01') to ('2001-01-02')`);
    await bench.database.query(sql`update job_payloads set day = '2001-01-01' where job_id = ${uuid}::uuid`);
    await bench.database.query(sql`update jobs set payload_day = '2001-01-01' where id = ${uuid}::uuid`);
    await bench.database.query(sql`update live_jobs set payload_day = '2001-01-01' where job_id = ${uuid}::uuid`);
    const other = await bench.admit();
    const jobs = await bench.claim(worker, 2);
    expect(jobs.map((job) => job.payload.length > 2)).toEqual([true, true]);
    for (const job of jobs) await bench.settler.settle(success(job, job.id === id ? 'x'.repeat(70_000) : 'small'));
    expect(await placesOf(id)).toEqual(['job_payloads_yesterday', 'job_results_yesterday']);
    expect((await bench.read(id)).result).toMatchObject({ content: 'x'.repeat(70_000) });
    expect((await bench.read(other)).result).toMatchObject({ content: 'small' });

    // Retention drops the day; the job and what it cost stay.
    await bench.database.query(sql`drop table job_payloads_yesterday, job_results_yesterday`);
    expect(await readJob(bench.database, id, { raw: true })).toMatchObject({
      job: { status: 'succeeded', result: null, metadata: {}, userId: null, cost: { actual: '0.0000007' } },
    });
    const { jobs: listed } = await bench.reader.list({}, { limit: 10 }, { until: new AbortController().signal });
    expect(listed.map(({ job }) => job.id)).toContain(id);
    expect(await bench.ledger()).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
  });
});
