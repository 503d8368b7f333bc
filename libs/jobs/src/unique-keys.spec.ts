import { sql } from '@switchyard/database';
import { openJobBench, success, type JobBench } from './__fixtures__/job-bench.js';

/** What no function would do: the tables refuse a second of what there must be one of, whoever writes. */
describe('a second row', () => {
  let bench: JobBench;

  beforeAll(async () => {
    bench = await openJobBench();
    const budget = { name: 'all', time_zone: 'UTC', daily_nano: 10 ** 12, alert_ppm: 800_000, rule: 'block' };
    await bench.database.query(sql`select write_budgets(${JSON.stringify([budget])}::json)`);
    await bench.letIn(bench.job({ idempotency: { key: 'one', route: 'POST /v1/jobs', digest: 'a1'.repeat(32) } }));
    const worker = await bench.worker();
    const [job] = await bench.claim(worker);
    if (!job) throw new Error('Nothing was claimed.');
    await bench.settler.settle(success(job));
    await bench.admit();
  });
  afterAll(() => bench.close());

  it.each([
    ['job of one id', 'jobs', sql`insert into jobs select * from jobs limit 1`],
    ['live job of one id', 'live_jobs', sql`insert into live_jobs select * from live_jobs limit 1`],
    [
      'attempt of one number, in another epoch',
      'attempts',
      sql`insert into attempts (job_id, number, state, lane_id, price_id, reserved_nano, epoch)
          select job_id, number, state, lane_id, price_id, reserved_nano, epoch + 1 from attempts limit 1`,
    ],
    [
      'result of one epoch',
      'job_results',
      sql`insert into job_results (day, job_id, epoch, body) select day, job_id, epoch, 'another' from job_results limit 1`,
    ],
    [
      'job of one idempotency key',
      'idempotency_keys',
      sql`insert into idempotency_keys (tenant_id, route, key, digest, job_id, created_at)
          select tenant_id, route, key, digest, gen_random_uuid(), created_at from idempotency_keys limit 1`,
    ],
    [
      'window of one day and budget',
      'budget_windows',
      sql`insert into budget_windows (budget_id, period, starts_at, ends_at)
          select budget_id, period, starts_at, ends_at from budget_windows limit 1`,
    ],
  ] as const)('is refused: %s', async (_, table, statement) => {
    await expect(bench.database.query(statement)).rejects.toMatchObject({
      code: '23505',
      table: expect.stringContaining(table),
    });
  });
});
