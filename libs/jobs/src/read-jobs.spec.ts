import { JOB_STATUSES, uuidOfJob, type JobId } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { openJobBench, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { cancelJob } from './cancel-job.js';
import type { JobFilter, JobPage, ListPosition } from './list-jobs.js';
import { openReconciler } from './reconcile.js';

describe('lists of jobs', () => {
  let bench: JobBench;
  const all: { id: JobId; tenantId: number; type: string; model: string }[] = [];

  /** Jobs of two tenants, three models, all types and every status. */
  beforeAll(async () => {
    bench = await openJobBench();
    const types = ['generation', 'code', 'embedding', 'image'] as const;
    for (let round = 0; round < 6; round += 1) {
      const jobs = Array.from({ length: 12 }, (_, index) =>
        bench.job({
          tenantId: bench.tenants[index % 2] ?? 0,
          type: types[(index + round) % 4] ?? 'code',
          model: `m${(index + round) % 3}`,
          expiresMs: round === 4 ? 0 : 60_000,
        }),
      );
      // In one group: the same moment for all of them.
      await Promise.all(jobs.map((job) => bench.admission.admit(job)));
      all.push(...jobs);
      const worker = await bench.worker();
      if (round === 0) for (const job of await bench.claim(worker, 100)) await bench.settler.settle(success(job));
      if (round === 1) {
        for (const job of await bench.claim(worker, 100)) {
          await bench.settler.settle({ ...tryAgain(job, 0), then: { outcome: 'failed' } });
        }
      }
      if (round === 2) for (const job of jobs) await cancelJob(bench.database, bench.queue, job.id);
      if (round === 3) await bench.claim(worker, 100);
      if (round === 4) await openReconciler(bench.database, bench.queue).endOverdue();
    }
  });
  afterAll(() => bench.close());

  const list = (filter: JobFilter, limit = 100, after?: ListPosition): Promise<JobPage> =>
    bench.reader.list(filter, after ? { limit, after } : { limit }, { until: new AbortController().signal });
  const idsOf = (page: JobPage): JobId[] => page.jobs.map(({ job }) => job.id);

  /** Newest first; within one moment by id. */
  async function expectedOrder(): Promise<JobId[]> {
    const rows = await bench.database.query<{ id: string }>(sql`select id from jobs order by created_at desc, id desc`);
    const byUuid = new Map(all.map((job) => [uuidOfJob(job.id), job.id]));
    return rows.flatMap((row) => byUuid.get(row.id) ?? []);
  }

  async function pages(filter: JobFilter, limit: number): Promise<JobId[]> {
    const seen: JobId[] = [];
    let after: ListPosition | undefined;
    for (let page = 0; page < 100; page += 1) {
      const { jobs, next } = await list(filter, limit, after);
      seen.push(...jobs.map(({ job }) => job.id));
      expect(jobs.length).toBeLessThanOrEqual(limit);
      if (!next) return seen;
      expect(jobs.length).toBe(limit);
      after = next;
    }
    throw new Error('The list has no end.');
  }

  const TENANTS = ['first', 'second', 'all'] as const;
  const STATUSES = [undefined, ...JOB_STATUSES];
  const TYPES = [undefined, 'image'] as const;
  const MODELS = [undefined, 'm1', 'unknown'];
  const filters = TENANTS.flatMap((tenant) =>
    STATUSES.flatMap((status) => TYPES.flatMap((type) => MODELS.map((model) => ({ tenant, status, type, model })))),
  );

  it('name what the filters say, newest first, in pages of any size', async () => {
    const order = await expectedOrder();
    const statuses = new Map<JobId, string>();
    for (const { id } of all) statuses.set(id, (await bench.read(id)).status);
    expect(new Set(statuses.values())).toEqual(new Set(JOB_STATUSES));
    const facts = new Map(all.map((job) => [job.id, job]));
    for (const { tenant, status, type, model } of filters) {
      const tenantId = tenant === 'all' ? undefined : bench.tenants[tenant === 'first' ? 0 : 1];
      const filter: JobFilter = {
        ...(tenantId === undefined ? {} : { tenantId }),
        ...(status === undefined ? {} : { status }),
        ...(type === undefined ? {} : { type }),
        ...(model === undefined ? {} : { model }),
      };
      const expected = order.filter((id) => {
        const job = facts.get(id);
        return (
          (tenantId === undefined || job?.tenantId === tenantId) &&
          (status === undefined || statuses.get(id) === status) &&
          (type === undefined || job?.type === type) &&
          (model === undefined || job?.model === model)
        );
      });
      expect({ filter, ids: idsOf(await list(filter)) }).toEqual({ filter, ids: expected });
      expect({ filter, ids: await pages(filter, 5) }).toEqual({ filter, ids: expected });
    }
  }, 60_000);

  it('show the whole job, except large results', async () => {
    const worker = await bench.worker();
    const [small, large] = [await bench.admit({ model: 'sized' }), await bench.admit({ model: 'sized' })];
    for (const job of await bench.claim(worker, 100)) {
      await bench.settler.settle(success(job, job.id === large ? 'x'.repeat(20_000) : 'an answer'));
    }
    const { jobs } = await list({ model: 'sized' });
    expect(jobs.map(({ job }) => job.id)).toEqual([large, small]);
    expect(jobs[0]?.job.result).toBeNull();
    expect(jobs[1]).toEqual(await bench.reader.read(small));
  });

  it('stay where they were while new jobs arrive and old ones end', async () => {
    const tenantId = bench.tenants[0];
    const before = (await pages({ tenantId }, 100)).toSorted();
    const seen: JobId[] = [];
    let after: ListPosition | undefined;
    do {
      const { jobs, next } = await list({ tenantId }, 7, after);
      seen.push(...jobs.map(({ job }) => job.id));
      after = next ?? undefined;
      await Promise.all([bench.admit({ tenantId }), bench.admit({ tenantId })]);
      const [running] = await bench.claim(await bench.worker(), 1, 1_000);
      if (running) await bench.settler.settle(success(running));
    } while (after);
    expect(seen.toSorted()).toEqual(before);
  });

  it('go on after a position to the microsecond', async () => {
    const ids = await Promise.all(Array.from({ length: 9 }, () => bench.admit({ model: 'exact' })));
    // A Date of JavaScript cannot tell these moments apart.
    for (const [index, id] of ids.entries()) {
      await bench.database.query(sql`
        update jobs set created_at = timestamptz '2020-01-01 00:00:00.123456Z' + ${index % 3} * interval '1 microsecond'
         where id = ${uuidOfJob(id)}::uuid`);
    }
    expect((await pages({ model: 'exact' }, 2)).toSorted()).toEqual(ids.toSorted());
    expect(await pages({ model: 'exact' }, 1)).toEqual(idsOf(await list({ model: 'exact' })));
  });
});
