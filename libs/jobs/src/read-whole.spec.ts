import type { JobId } from '@switchyard/contract';
import type { Queryable } from '@switchyard/database';
import { sql } from '@switchyard/database';
import { openJobBench, success, type JobBench } from './__fixtures__/job-bench.js';
import type { OwnedJob } from './job-view.js';
import type { JobPage } from './list-jobs.js';
import { openJobReader, type HeldRead, type JobReader } from './read-jobs.js';

const LARGE = 'x'.repeat(100_000);
/** Room for three of them, and not for four. */
const ROOM = 320_000;

describe('large results', () => {
  let bench: JobBench;
  let reader: JobReader;
  /** Bytes of results that have come from the database and are not given up. */
  let held = 0;
  let most = 0;
  /** What happens while rows are on their way. */
  let meanwhile: () => void;

  beforeAll(async () => {
    bench = await openJobBench();
  });
  afterAll(() => bench.close());
  beforeEach(() => {
    [held, most] = [0, 0];
    meanwhile = () => undefined;
    reader = openJobReader(counting(bench.database), ROOM);
  });

  function counting(database: Queryable): Queryable {
    return {
      query: async <Row extends object>(statement: Parameters<Queryable['query']>[0]) => {
        const rows = await database.query<Row>(statement);
        meanwhile();
        for (const row of rows)
          if ('result_body' in row && typeof row.result_body === 'string') held += row.result_body.length;
        most = Math.max(most, held);
        return rows;
      },
    };
  }

  async function succeeded(count: number, content: string): Promise<OwnedJob[]> {
    const ids = await Promise.all(Array.from({ length: count }, () => bench.admit()));
    const jobs = await bench.claim(await bench.worker(), count);
    await Promise.all(jobs.map((job) => bench.settler.settle(success(job, content))));
    return await Promise.all(ids.map(find));
  }

  async function find(id: JobId): Promise<OwnedJob> {
    const found = await reader.read(id);
    if (!found) throw new Error(`${id} is gone.`);
    return found;
  }

  /** Reads all of a result, and gives it up when told to. */
  function readWhole(found: OwnedJob): { whole: Promise<OwnedJob | undefined>; giveUp: () => void } {
    const done = new AbortController();
    const whole = reader.readWhole(found, { until: done.signal });
    whole.catch(() => undefined);
    return {
      whole,
      giveUp() {
        held -= found.leftOutBytes;
        done.abort();
      },
    };
  }

  it('are left out where jobs are read together, and read whole alone', async () => {
    const [small] = await succeeded(1, 'an answer');
    const [large] = await succeeded(1, LARGE);
    if (!small || !large) throw new Error('Nothing was read.');
    expect(small).toMatchObject({ leftOutBytes: 0, job: { result: { content: 'an answer' } } });
    expect(large).toMatchObject({ job: { status: 'succeeded', result: null } });
    expect(large.leftOutBytes).toBeGreaterThan(LARGE.length);
    expect(held).toBeLessThan(1_000);
    const whole = await readWhole(large).whole;
    expect(whole).toEqual({
      ...large,
      leftOutBytes: 0,
      job: { ...large.job, result: expect.objectContaining({ content: LARGE }) },
    });
  });

  it('are held by no more than there is room for, however many ask, and each gets its own in turn', async () => {
    const jobs = await succeeded(8, LARGE);
    const reads = Array.from({ length: 5 }, () => jobs).flat().map((found) => ({ found, ...readWhole(found) })); // prettier-ignore
    const [small] = await succeeded(1, 'an answer');
    for (const { found, whole, giveUp } of reads) {
      expect((await whole)?.job).toMatchObject({ id: found.job.id, result: { content: LARGE } });
      // What is small waits for none of them.
      if (small) expect((await find(small.job.id)).job.result).toMatchObject({ content: 'an answer' });
      giveUp();
    }
    expect(most).toBeGreaterThan(2 * LARGE.length);
    expect(most).toBeLessThan(ROOM);
  });

  it('give their room back when the read fails, or when nobody waits for it any more', async () => {
    const jobs = await succeeded(4, LARGE);
    meanwhile = () => {
      throw new Error('The connection broke.');
    };
    for (const found of jobs) await expect(readWhole(found).whole).rejects.toThrow('broke');
    for (const found of jobs) {
      const { whole, giveUp } = readWhole(found);
      meanwhile = giveUp;
      await whole;
    }
    meanwhile = () => undefined;
    const again = jobs.slice(1).map(readWhole);
    expect((await Promise.all(again.map(({ whole }) => whole))).length).toBe(3);
  });

  it('share their room with lists that hold much, of results or of what clients attached', async () => {
    for (let times = 0; times < 15; times += 1) await bench.admit({ model: 'results' });
    const jobs = await bench.claim(await bench.worker(), 100);
    await Promise.all(jobs.map((job) => bench.settler.settle(success(job, 'x'.repeat(19_000)))));
    const metadata = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`field-${index}`, 'x'.repeat(2_000)]),
    );
    for (let times = 0; times < 2; times += 1) {
      await bench.admit({ model: 'attached', clientData: { metadata, userId: null, task: null } });
    }
    await bench.admit({ model: 'small' });

    const list = (model: string, how: HeldRead): Promise<JobPage> => reader.list({ model }, { limit: 100 }, how);
    const done = new AbortController();
    const first = await list('results', { until: done.signal });
    expect(first.jobs.map(({ job }) => job.result)).toEqual(
      first.jobs.map(() => expect.objectContaining({ content: 'x'.repeat(19_000) })),
    );
    expect(first.jobs).toHaveLength(15);
    for (const model of ['results', 'attached']) {
      const impatient = new AbortController();
      const waits = list(model, { until: done.signal, signal: impatient.signal });
      // What holds little waits for none of them.
      expect((await list('small', { until: done.signal })).jobs).toHaveLength(1);
      impatient.abort(new Error('too late'));
      await expect(waits).rejects.toThrow('too late');
    }
    const next = list('attached', { until: AbortSignal.timeout(10_000) });
    done.abort();
    expect((await next).jobs.map(({ job }) => job.metadata)).toEqual([metadata, metadata]);
    // They would be claimed first.
    await bench.database.query(sql`select cancel_job(job_id) from live_jobs`);
  });

  it("take room for the vendor's own answer too", async () => {
    const [small, other] = await succeeded(2, 'an answer');
    if (!small || !other) throw new Error('Nothing was read.');
    const done = new AbortController();
    const first = await reader.readWhole(small, { raw: true, until: done.signal });
    expect(first?.raw).toBe('{"choices":["an answer"]}');
    const impatient = new AbortController();
    const second = reader.readWhole(other, { until: done.signal, signal: impatient.signal, raw: true });
    impatient.abort(new Error('too late'));
    await expect(second).rejects.toThrow('too late');
    done.abort();
  });
});
