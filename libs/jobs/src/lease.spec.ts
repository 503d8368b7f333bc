import { isUnavailable, sql } from '@switchyard/database';
import { openJobBench, type JobBench } from './__fixtures__/job-bench.js';
import { until } from './__fixtures__/until.js';
import { beat, LeaseLostError } from './lease.js';

describe('a beat', () => {
  let bench: JobBench;

  beforeAll(async () => {
    bench = await openJobBench();
  });
  afterAll(() => bench.close());

  it('brings no lease back that was taken', async () => {
    const [lost, living] = [await bench.worker(), await bench.worker()];
    await bench.killWorker(lost);
    await bench.database.query(sql`select job_id from recover_jobs(5, '{}', '{}', '{}')`);
    await expect(beat(bench.database, lost)).rejects.toThrow(LeaseLostError);
    expect(await beat(bench.database, living)).toEqual([]);
  });

  it('is given up, where it gets no answer, in time for another one to save the lease', async () => {
    const worker = await bench.worker();
    const single = bench.anotherDatabase(1);
    let release: (() => void) | undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let lock: (() => void) | undefined;
    const locked = new Promise<void>((resolve) => (lock = resolve));
    const holding = bench.database.transaction(async (transaction) => {
      await transaction.query(sql`select 1 from workers where id = ${worker} for update`);
      lock?.();
      await released;
    });
    await locked;
    const hanging = await beat(single, worker).catch((error: unknown) => error);
    expect(isUnavailable(hanging)).toBe(true);
    release?.();
    await holding;
    // The only connection was dropped with the beat; the next one gets another.
    expect(await beat(single, worker)).toEqual([]);
    await until(async () => {
      const [row] = await bench.database.query<{ held: boolean }>(
        sql`select lease_until > clock_timestamp() as held from workers where id = ${worker}`,
      );
      return row?.held === true;
    });
  });
});
