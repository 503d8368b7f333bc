import { nanoUsd, type JobId } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { openJobBench, success, type JobBench } from './__fixtures__/job-bench.js';
import { cancelJob } from './cancel-job.js';
import { readExperiment } from './experiments.js';

const ERROR = { type: 'provider_error', code: 'bad_response', message: 'gone', retryable: false } as const;
const NOTHING = { users: 0, count: 0, countSquared: 0, total: 0, totalSquared: 0, totalTimesCount: 0 };

describe('experiments', () => {
  let bench: JobBench;
  let worker: number;

  beforeAll(async () => {
    bench = await openJobBench();
    worker = await bench.worker();
  }, 30_000);
  afterAll(() => bench.close());

  const give = (experiment: string, arm: string, unit: string): Promise<JobId> =>
    bench.admit({ experiment: { name: experiment, arm, unit } });

  async function end(how: 'success' | 'failure', cost: bigint): Promise<void> {
    for (const job of await bench.claim(worker)) {
      const succeeded = { ...success(job), cost: nanoUsd(cost) };
      const failed = { ...succeeded, state: 'failed', error: ERROR, then: { outcome: 'failed' } } as const;
      await bench.settler.settle(how === 'success' ? succeeded : failed);
    }
  }

  it('are shown on the job, when it is let in and when it is read', async () => {
    const id = await give('shown', 'a', 'user-1');
    expect(await bench.read(id)).toMatchObject({ experiment: { name: 'shown', arm: 'a' } });
    expect(await bench.read(await bench.admit())).toMatchObject({ experiment: null });
    await end('success', 1n);
    expect(await bench.read(id)).toMatchObject({ status: 'succeeded', experiment: { name: 'shown', arm: 'a' } });
  });

  it('sum what came of their jobs over users, with those that have not ended as assignments alone', async () => {
    await give('sums', 'a', 'user-1');
    await give('sums', 'a', 'user-1');
    await give('sums', 'a', 'user-2');
    await end('success', 2_000_000_000n);
    await give('sums', 'a', 'user-2');
    await end('failure', 1_000_000_000n);
    await give('sums', 'b', 'user-3');
    await give('other', 'b', 'user-3');

    const [a, b, ...rest] = await readExperiment(bench.database, 'sums');
    expect(rest).toEqual([]);
    expect(a).toMatchObject({ arm: 'a', assignments: 4 });
    // User 1: two successes of two; user 2: one of two.
    expect(a?.metrics.success).toEqual({
      ...{ users: 2, count: 4, countSquared: 8 },
      ...{ total: 3, totalSquared: 5, totalTimesCount: 6 },
    });
    // In dollars: 4 for two answers, 3 for two.
    expect(a?.metrics.cost).toMatchObject({ users: 2, count: 4, total: 7, totalSquared: 25, totalTimesCount: 14 });
    expect(a?.metrics.latency).toMatchObject({ users: 2, count: 3 });
    expect(a?.metrics.quality).toEqual(NOTHING);
    expect(b).toMatchObject({ arm: 'b', assignments: 1, metrics: { success: NOTHING, cost: NOTHING } });
    await end('success', 1n);
  });

  it('count nothing of a job that was canceled, and none twice', async () => {
    const id = await give('canceled', 'a', 'user-1');
    await cancelJob(bench.database, bench.queue, id);
    const job = bench.job({ experiment: { name: 'canceled', arm: 'a', unit: 'user-2' } });
    await bench.letIn(job);
    await bench.letIn(job);
    expect(await readExperiment(bench.database, 'canceled')).toMatchObject([
      { arm: 'a', assignments: 2, metrics: { success: NOTHING, cost: NOTHING, latency: NOTHING } },
    ]);
    await end('success', 1n);
  });

  it('take the last word on the quality of an answer', async () => {
    const id = await give('rated', 'a', 'user-1');
    await end('success', 1n);
    for (const score of [0.2, 0.75]) {
      await bench.database.query(sql`select record_quality(${id.replace('job_', '')}::uuid, ${score})`);
    }
    const [a] = await readExperiment(bench.database, 'rated');
    expect(a?.metrics.quality).toMatchObject({ users: 1, count: 1, total: 0.75 });
  });
});
