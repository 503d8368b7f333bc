import { nanoUsd } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { openJobBench, RESERVED, success, type JobBench } from './__fixtures__/job-bench.js';
import { openAdmission, type AdmissionVerdict, type NewJob } from './admit-jobs.js';
import { findReplay } from './find-replay.js';
import { forgetKeys } from './forget-keys.js';

const DIGEST = 'a1'.repeat(32);
const OTHER_DIGEST = 'b2'.repeat(32);

describe('an idempotency key', () => {
  let bench: JobBench;
  let limits = 0;

  beforeAll(async () => {
    bench = await openJobBench();
  });
  afterAll(() => bench.close());
  afterEach(async () => {
    await bench.database.query(sql`select write_budgets('[]'::json)`);
  });

  const keyed = (key: string, overrides: Partial<NewJob> = {}, digest = DIGEST): NewJob =>
    bench.job({ idempotency: { key, route: 'POST /v1/jobs', digest }, ...overrides });
  const idOf = (verdict: AdmissionVerdict): string | undefined =>
    verdict.verdict === 'admitted' ? verdict.job.id : verdict.verdict === 'replayed' ? verdict.id : undefined;
  const limitTo = async (amount: bigint): Promise<void> => {
    limits += 1;
    const budget = {
      name: `limit-${limits}`,
      time_zone: 'UTC',
      alert_ppm: 800_000,
      rule: 'block',
      daily_nano: amount.toString(),
    };
    await bench.database.query(sql`select write_budgets(${JSON.stringify([budget])}::json)`);
  };

  it.each([1, 4])('makes one job of 200 twins at once, by %i processes', async (processes) => {
    const admissions = Array.from({ length: processes }, () => openAdmission(bench.anotherDatabase(4), bench.queue));
    const verdicts = await Promise.all(
      admissions.flatMap((admission) =>
        Array.from({ length: 200 / processes }, () => admission.admit(keyed(`twins-${processes}`))),
      ),
    );
    expect(verdicts.filter(({ verdict }) => verdict === 'admitted')).toHaveLength(1);
    expect(verdicts.filter(({ verdict }) => verdict === 'replayed')).toHaveLength(199);
    expect(new Set(verdicts.map(idOf)).size).toBe(1);
  });

  it('answers its job after that has ended', async () => {
    const first = await bench.letIn(keyed('ended'));
    const worker = await bench.worker();
    for (let jobs = await bench.claim(worker); jobs.length > 0; jobs = await bench.claim(worker)) {
      await Promise.all(jobs.map((job) => bench.settler.settle(success(job))));
    }
    expect(await bench.admission.admit(keyed('ended'))).toEqual({ verdict: 'replayed', id: first.id });
    expect((await bench.read(first.id)).status).toBe('succeeded');
    expect((await bench.ledger()).held).toBe(0n);
  });

  it('is refused with another body, and another key with another tenant or route', async () => {
    const first = await bench.letIn(keyed('body'));
    expect(await bench.admission.admit(keyed('body', {}, OTHER_DIGEST))).toEqual({ verdict: 'reused' });
    const [here, there] = await Promise.all([
      bench.admission.admit(keyed('together')),
      bench.admission.admit(keyed('together', {}, OTHER_DIGEST)),
    ]);
    expect([here.verdict, there.verdict].toSorted()).toEqual(['admitted', 'reused']);
    const apart = [
      keyed('body', { tenantId: bench.tenants[1] }),
      keyed('body', { idempotency: { key: 'body', route: 'POST /v1/other', digest: DIGEST } }),
    ];
    for (const job of apart) {
      const verdict = await bench.admission.admit(job);
      expect([verdict.verdict, idOf(verdict) === first.id]).toEqual(['admitted', false]);
    }
  });

  it('is not kept by a refusal, and its twins are judged by themselves', async () => {
    await limitTo(3n * RESERVED);
    const dear = { reserve: nanoUsd(4n * RESERVED) };
    expect((await bench.admission.admit(keyed('refused', dear))).verdict).toBe('refused');
    // Under one key and in one group: the first is too dear, so the second is the first that is let in.
    const verdicts = await Promise.all([
      bench.admission.admit(keyed('mixed', dear)),
      bench.admission.admit(keyed('mixed')),
      bench.admission.admit(keyed('mixed')),
      bench.admission.admit(keyed('mixed', {}, OTHER_DIGEST)),
    ]);
    expect(verdicts.map(({ verdict }) => verdict).toSorted()).toEqual(['admitted', 'refused', 'replayed', 'reused']);
    expect((await bench.admission.admit(keyed('refused'))).verdict).toBe('admitted');
  });

  it('finds its job however full a budget is', async () => {
    await limitTo(RESERVED);
    const first = await bench.letIn(keyed('full'));
    expect((await bench.admission.admit(bench.job())).verdict).toBe('refused');
    expect(await bench.admission.admit(keyed('full'))).toEqual({ verdict: 'replayed', id: first.id });
    const idempotency = { key: 'full', route: 'POST /v1/jobs', digest: DIGEST };
    const look = (digest = DIGEST) => findReplay(bench.database, bench.tenants[0], { ...idempotency, digest });
    expect(await look()).toEqual({ verdict: 'replayed', id: first.id });
    expect(await look(OTHER_DIGEST)).toEqual({ verdict: 'reused' });
    expect(await findReplay(bench.database, bench.tenants[1], idempotency)).toBeUndefined();
  });

  it('is one job when the answer to its first try was lost', async () => {
    const job = keyed('lost');
    const first = await bench.letIn(job);
    await limitTo(RESERVED);
    expect(await bench.letIn(job)).toEqual(first);
    const [again, twin] = await Promise.all([bench.admission.admit(job), bench.admission.admit(keyed('lost'))]);
    expect([again.verdict, twin.verdict]).toEqual(['admitted', 'replayed']);
    expect(idOf(twin)).toBe(first.id);
  });

  it('is forgotten after 24 hours, not before', async () => {
    const age = async (key: string, interval: string): Promise<void> => {
      await bench.database.query(
        sql`update idempotency_keys set created_at = clock_timestamp() - ${interval}::interval where key = ${key}`,
      );
    };
    const first = await bench.letIn(keyed('old'));
    await bench.letIn(keyed('older'));
    await age('old', '23:59:50');
    await age('older', '24:00:00');
    expect(await bench.admission.admit(keyed('old'))).toEqual({ verdict: 'replayed', id: first.id });
    expect(await forgetKeys(bench.database)).toBe(1);
    await age('old', '24:00:00');
    const second = await bench.admission.admit(keyed('old'));
    expect([second.verdict, idOf(second) === first.id]).toEqual(['admitted', false]);
    expect(await forgetKeys(bench.database)).toBe(0);
  });

  it('in different groups of several processes, with budgets, leads to no deadlock and one verdict for each', async () => {
    await limitTo(60n * RESERVED);
    const admissions = Array.from({ length: 4 }, () => openAdmission(bench.anotherDatabase(2), bench.queue));
    const verdicts = await Promise.all(
      admissions.flatMap((admission, process) =>
        Array.from({ length: 200 }, (_, index) => {
          const key = `crossed-${((4 * index + process) * 7) % 100}`;
          return admission.admit(keyed(key, { tenantId: bench.tenants[index % 2] ?? 0, model: `m${index % 5}` }));
        }),
      ),
    );
    const counts = Map.groupBy(verdicts, (each) => each.verdict);
    expect(counts.get('admitted')).toHaveLength(60);
    expect((counts.get('admitted')?.length ?? 0) + (counts.get('replayed')?.length ?? 0)).toBe(
      800 - (counts.get('refused')?.length ?? 0),
    );
    await bench.database.query(sql`select pg_stat_clear_snapshot()`);
    const [row] = await bench.database.query<{ deadlocks: bigint }>(
      sql`select deadlocks from pg_stat_database where datname = current_database()`,
    );
    expect(row?.deadlocks).toBe(0n);
  });
});
