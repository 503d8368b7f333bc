import { foldUsage, readBudgetUsage, readUsage, type BudgetWindow } from '@switchyard/budget';
import { nanoUsd, type JobId } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { openJobBench, RESERVED, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { openAdmission, type AdmissionVerdict, type NewJob } from './admit-jobs.js';
import { cancelJob } from './cancel-job.js';
import { claimJobs } from './claim-jobs.js';
import { openReconciler } from './reconcile.js';

interface BudgetRow {
  readonly name: string;
  readonly tenant?: string;
  readonly key?: string;
  readonly model?: string;
  readonly daily_nano?: bigint;
  readonly monthly_nano?: bigint;
  readonly alert_ppm?: number;
  readonly rule?: 'block' | 'warn' | 'wait';
  readonly time_zone?: string;
}

describe('budgets', () => {
  let bench: JobBench;
  let worker: number;

  beforeEach(async () => {
    bench = await openJobBench();
    await bench.untilLeasesCount();
    worker = await bench.worker();
  }, 30_000);
  afterEach(async () => {
    expect(await bench.ledger()).toMatchObject({ unbalanced: 0, miscounted: 0 });
    await bench.close();
  });

  async function writeBudgets(...budgets: readonly BudgetRow[]): Promise<void> {
    const rows = budgets.map((budget) => ({
      time_zone: 'UTC',
      alert_ppm: 800_000,
      rule: 'block',
      ...budget,
      daily_nano: budget.daily_nano?.toString(),
      monthly_nano: budget.monthly_nano?.toString(),
    }));
    await bench.database.query(sql`select write_budgets(${JSON.stringify(rows)}::json)`);
  }
  async function daily(name: string): Promise<BudgetWindow> {
    const usage = await readBudgetUsage(bench.database, name);
    const window = usage?.windows.find(({ period }) => period === 'daily');
    if (!window) throw new Error(`There is no daily budget ${name}.`);
    return window;
  }
  async function settleAll(cost?: bigint): Promise<number> {
    let settled = 0;
    for (;;) {
      const jobs = await bench.claim(worker, 500, 100_000);
      if (jobs.length === 0) return settled;
      await Promise.all(
        jobs.map((job) =>
          bench.settler.settle({ ...success(job), ...(cost === undefined ? {} : { cost: nanoUsd(cost) }) }),
        ),
      );
      settled += jobs.length;
    }
  }
  async function events(): Promise<string[]> {
    const rows = await bench.database.query<{ told: string }>(
      sql`select type || ' ' || (data->>'budget') as told from events order by id`,
    );
    return rows.map((row) => row.told);
  }
  const count = (verdicts: readonly AdmissionVerdict[], verdict: AdmissionVerdict['verdict']): number =>
    verdicts.filter((each) => each.verdict === verdict).length;

  it.each([1, 4])('let exactly as many in as they have room for, by %i processes', async (processes) => {
    await writeBudgets({ name: 'all', daily_nano: 100n * RESERVED });
    const admissions = Array.from({ length: processes }, () => openAdmission(bench.anotherDatabase(4), bench.queue));
    const verdicts = await Promise.all(
      Array.from({ length: 1_000 / processes }, () =>
        admissions.map((admission) => admission.admit(bench.job())),
      ).flat(),
    );
    expect(count(verdicts, 'admitted')).toBe(100);
    expect(count(verdicts, 'refused')).toBe(900);
    expect(await daily('all')).toMatchObject({ spent: 0n, reserved: 100n * RESERVED, overrun: 0n, remaining: 0n });
    expect(await events()).toEqual(['budget.exceeded all']);
    await settleAll();
    expect(await daily('all')).toMatchObject({ spent: 70_000n, reserved: 0n, remaining: 30_000n });
  });

  it('are used up but for less than one reservation by what is sent again', async () => {
    await writeBudgets({ name: 'all', daily_nano: 100n * RESERVED });
    for (;;) {
      const verdicts = await Promise.all(Array.from({ length: 50 }, () => bench.admission.admit(bench.job())));
      await settleAll();
      if (count(verdicts, 'admitted') === 0) break;
    }
    const window = await daily('all');
    expect(window).toMatchObject({ reserved: 0n, overrun: 0n });
    expect(window.remaining < RESERVED && window.spent >= 95n * RESERVED).toBe(true);
    expect((await events()).toSorted()).toEqual(['budget.alert all', 'budget.exceeded all']);
  });

  it('hold one reservation for a job that is sent again because its answer was lost', async () => {
    await writeBudgets({ name: 'all', daily_nano: 2n * RESERVED });
    const job = bench.job();
    const first = await bench.letIn(job);
    expect(await bench.letIn(job)).toEqual(first);
    expect(await daily('all')).toMatchObject({ reserved: RESERVED, remaining: RESERVED });
    await settleAll();
    expect(await bench.letIn(job)).toEqual(first);
    expect(await daily('all')).toMatchObject({ spent: 700n, reserved: 0n });
  });

  it('all count that apply, and the tightest decides', async () => {
    const keys = await Promise.all(
      bench.tenants.map((tenant, index) =>
        bench.database.query<{ id: number }>(sql`
          insert into keys (tenant_id, name, hash, scopes, permissions, source)
          values (${tenant}, ${`key-${index}`}, ${Buffer.from([index])}, '{jobs}', '{}', 'file') returning id`),
      ),
    );
    const key = keys[0]?.[0]?.id ?? 0;
    await writeBudgets(
      { name: 'all', daily_nano: 50n * RESERVED, monthly_nano: 60n * RESERVED },
      { name: 'tenant', tenant: 'acme', daily_nano: 30n * RESERVED },
      { name: 'key', key: 'key-0', daily_nano: 20n * RESERVED },
      { name: 'model', model: 'dear', daily_nano: 5n * RESERVED },
      { name: 'globex on dear', tenant: 'globex', model: 'dear', daily_nano: 1n * RESERVED },
    );
    const admit = async (times: number, overrides: Partial<NewJob>): Promise<number> =>
      count(
        await Promise.all(Array.from({ length: times }, () => bench.admission.admit(bench.job(overrides)))),
        'admitted',
      );
    expect(await admit(10, { tenantId: bench.tenants[1], model: 'dear', keyId: 99 })).toBe(1);
    expect(await admit(10, { keyId: key, model: 'dear' })).toBe(4);
    expect(await admit(30, { keyId: key })).toBe(16);
    expect(await admit(30, { keyId: 99 })).toBe(10);
    expect(await admit(60, { tenantId: bench.tenants[1], keyId: 99 })).toBe(19);
    for (const [name, reserved] of Object.entries({
      all: 50n,
      tenant: 30n,
      key: 20n,
      model: 5n,
      'globex on dear': 1n,
    })) {
      expect(await daily(name)).toMatchObject({ reserved: reserved * RESERVED, remaining: 0n });
    }
    expect((await readBudgetUsage(bench.database, 'all'))?.windows).toMatchObject([
      { period: 'daily', remaining: 0n },
      { period: 'monthly', remaining: 10n * RESERVED },
    ]);
  });

  it('say which had no room, how much is left, and when its next window begins', async () => {
    await writeBudgets({ name: 'all', daily_nano: RESERVED + 1n }, { name: 'more', daily_nano: 10n * RESERVED });
    await bench.admit();
    const verdict = await bench.admission.admit(bench.job());
    expect(verdict).toMatchObject({
      verdict: 'refused',
      refusal: { budget: 'all', period: 'daily', limit: RESERVED + 1n, left: 1n, wanted: RESERVED },
    });
    const resetsAt = 'refusal' in verdict ? verdict.refusal.resetsAt : new Date(0);
    expect(resetsAt.toISOString()).toMatch(/T00:00:00\.000Z$/);
    expect(resetsAt.getTime() - Date.now()).toBeLessThanOrEqual(86_400_000);
    expect(resetsAt.getTime()).toBeGreaterThan(Date.now() - 1_000);
  });

  it('give back what a queued job had reserved when it is canceled', async () => {
    await writeBudgets({ name: 'all', daily_nano: RESERVED });
    const id = await bench.admit();
    expect((await bench.admission.admit(bench.job())).verdict).toBe('refused');
    await cancelJob(bench.database, bench.queue, id);
    expect(await daily('all')).toMatchObject({ spent: 0n, reserved: 0n, remaining: RESERVED });
    await bench.admit();
  });

  it('hold each attempt: a retry that does not fit ends the job', async () => {
    await writeBudgets({ name: 'all', daily_nano: 2n * RESERVED });
    const id = await bench.admit();
    const [job] = await bench.claim(worker);
    if (!job) throw new Error('Nothing was claimed.');
    await bench.settler.settle({ ...tryAgain(job, 0), cost: nanoUsd(700n) });
    await bench.admit({ model: 'other' });
    const { jobs, ended } = await claimJobs(bench.database, {
      workerId: worker,
      provider: 'openai',
      slots: 10,
      concurrency: 10,
    });
    expect(jobs.map((each) => each.model)).toEqual(['other']);
    expect(ended).toEqual([id]);
    const seen = await bench.read(id);
    expect(seen).toMatchObject({ status: 'failed', error: { type: 'budget_exceeded' }, cost: { actual: '0.0000007' } });
    expect(seen.error?.message).toContain('"all"');
    expect(await daily('all')).toMatchObject({ spent: 700n, reserved: RESERVED });
  });

  it('book what passes a reservation as overrun, and admit nothing more once that is beyond the limit', async () => {
    await writeBudgets({ name: 'all', daily_nano: 3n * RESERVED });
    await bench.admit();
    await bench.admit();
    await settleAll(2_500n);
    const window = await daily('all');
    expect(window).toMatchObject({ spent: 5_000n, reserved: 0n, overrun: 3_000n, remaining: 0n });
    expect((await bench.admission.admit(bench.job())).verdict).toBe('refused');
  });

  it('that warn let in what passes them, and tell it once', async () => {
    await writeBudgets({ name: 'soft', daily_nano: 2n * RESERVED, rule: 'warn' });
    for (let times = 0; times < 5; times += 1) await bench.admit();
    await settleAll();
    await bench.database.query(sql`select fold_budgets(100)`);
    await bench.admit();
    expect(await daily('soft')).toMatchObject({ spent: 3_500n, reserved: RESERVED, remaining: 0n });
    expect(await events()).toEqual(['budget.alert soft', 'budget.exceeded soft']);
  });

  it('lowered below what is spent admit nothing more; raised, they admit again', async () => {
    await writeBudgets({ name: 'all', daily_nano: 10n * RESERVED });
    for (let times = 0; times < 5; times += 1) await bench.admit();
    await writeBudgets({ name: 'all', daily_nano: 2n * RESERVED });
    expect((await bench.admission.admit(bench.job())).verdict).toBe('refused');
    expect(await daily('all')).toMatchObject({ reserved: 5n * RESERVED, remaining: 0n });
    await writeBudgets({ name: 'all', daily_nano: 6n * RESERVED });
    await bench.admit();
    await writeBudgets();
    await bench.admit();
    await writeBudgets({ name: 'all', daily_nano: 6n * RESERVED });
    expect((await bench.admission.admit(bench.job())).verdict).toBe('refused');
  });

  describe('that let wait', () => {
    const waiting = async (): Promise<number> => {
      const [row] = await bench.database.query<{ jobs: bigint }>(
        sql`select count(*) as jobs from live_jobs where waits_for_window is not null`,
      );
      return Number(row?.jobs);
    };
    const release = async (): Promise<number> =>
      (await openReconciler(bench.database, bench.queue).reconcile()).released;

    it('hold jobs without an attempt until there is room, in the order of their turns', async () => {
      await writeBudgets({ name: 'slow', daily_nano: 10n * RESERVED, rule: 'wait' });
      const ids: JobId[] = [];
      for (let times = 0; times < 14; times += 1) ids.push(await bench.admit());
      expect(await waiting()).toBe(4);
      expect(await bench.read(ids[12] ?? ('' as JobId))).toMatchObject({
        status: 'queued',
        startedAt: null,
        attempts: [],
        waiting: { for: 'budget', detail: expect.stringContaining('slow') as string },
      });
      expect(await release()).toBe(0);
      expect(await settleAll()).toBe(10);
      // Ten cost 7,000 of 10,000: there is room for three.
      expect(await release()).toBe(3);
      expect(await settleAll()).toBe(3);
      expect((await bench.read(ids[13] ?? ('' as JobId))).waiting).toMatchObject({ for: 'budget' });
      await writeBudgets({ name: 'slow', daily_nano: 20n * RESERVED, rule: 'wait' });
      expect(await release()).toBe(1);
      expect(await settleAll()).toBe(1);
      expect((await bench.read(ids[13] ?? ('' as JobId))).status).toBe('succeeded');
      expect(await daily('slow')).toMatchObject({ spent: 9_800n, reserved: 0n });
    });

    it('let claimed jobs wait for their next attempt, and can be canceled or expire meanwhile', async () => {
      await writeBudgets({ name: 'slow', daily_nano: 2n * RESERVED, rule: 'wait' });
      const first = await bench.admit();
      const [job] = await bench.claim(worker);
      if (!job) throw new Error('Nothing was claimed.');
      await bench.settler.settle({ ...tryAgain(job, 0), cost: nanoUsd(900n) });
      const second = await bench.admit({ expiresMs: 1 });
      const third = await bench.admit();
      expect(await waiting()).toBe(1);
      // The retry meets a budget that has only 100 left.
      expect((await bench.claim(worker, 10)).map(({ id }) => id)).toEqual([]);
      expect(await waiting()).toBe(2);
      expect(await bench.read(first)).toMatchObject({ status: 'queued', attempts: [{ number: 1, cost: '0.0000009' }] });
      await cancelJob(bench.database, bench.queue, third);
      await openReconciler(bench.database, bench.queue).endOverdue();
      expect((await bench.read(second)).status).toBe('expired');
      expect(await release()).toBe(1);
      expect((await bench.claim(worker, 10)).map(({ id, attempt }) => [id, attempt])).toEqual([[first, 2]]);
    });

    it('hold nobody up behind one that a lowered limit has no room for', async () => {
      await writeBudgets({ name: 'slow', daily_nano: 5n * RESERVED, rule: 'wait' });
      const first = await bench.admit({ reserve: nanoUsd(5n * RESERVED) });
      const hopeless = await bench.admit({ reserve: nanoUsd(4n * RESERVED) });
      const small = await bench.admit();
      await writeBudgets({ name: 'slow', daily_nano: 3n * RESERVED, rule: 'wait' });
      await cancelJob(bench.database, bench.queue, first);
      expect((await openReconciler(bench.database, bench.queue).reconcile()).released).toBe(2);
      expect((await bench.claim(worker)).map(({ id }) => id)).toEqual([small]);
      // It never had an attempt to start with.
      expect(await bench.read(hopeless)).toMatchObject({
        status: 'failed',
        error: { type: 'budget_exceeded' },
        startedAt: null,
        attempts: [],
      });
    });

    it('refuse what could never fit', async () => {
      await writeBudgets({ name: 'slow', daily_nano: RESERVED - 1n, rule: 'wait' });
      expect((await bench.admission.admit(bench.job())).verdict).toBe('refused');
    });
  });

  it('that only warn are passed by more than 64 bits hold, and no admission, settlement, fold or report fails', async () => {
    const most = nanoUsd(10n ** 17n);
    const hour = 3_600_000;
    await writeBudgets({ name: 'warned', monthly_nano: RESERVED, daily_nano: 10n ** 18n, rule: 'warn' });
    await Promise.all(Array.from({ length: 100 }, () => bench.admit({ reserve: most })));
    expect(await daily('warned')).toMatchObject({ spent: 0n, reserved: 10n ** 19n, remaining: 0n });
    expect(await settleAll(most)).toBe(100);
    await bench.admit({ reserve: most });
    expect(await bench.database.query(sql`select fold_budgets(1000)`)).toHaveLength(1);
    expect(await daily('warned')).toMatchObject({ spent: 10n ** 19n, reserved: most });
    expect(await foldUsage(bench.database)).toBe(100);
    const from = new Date(Math.floor(Date.now() / hour) * hour - hour);
    const to = new Date(from.getTime() + 3 * hour);
    const [all] = await readUsage(bench.database, { from, to, groupBy: [], limit: 1 });
    expect(all?.sums.cost).toBe(10n ** 19n);
  });

  it('ask for a count before they refuse, where that may help', async () => {
    await writeBudgets({ name: 'all', daily_nano: RESERVED });
    expect((await bench.admission.admit(bench.job({ reserve: nanoUsd(5_000n), mayRecount: true }))).verdict).toBe(
      'recount',
    );
    expect(await events()).toEqual([]);
    expect((await bench.admission.admit(bench.job({ mayRecount: true }))).verdict).toBe('admitted');
    expect(await events()).toEqual([]);
    expect((await bench.admission.admit(bench.job())).verdict).toBe('refused');
    expect(await events()).toEqual(['budget.exceeded all']);
  });

  it('settle an attempt in the window that it reserved in', async () => {
    await writeBudgets({ name: 'all', daily_nano: 10n * RESERVED });
    await bench.admit();
    // A day later.
    await bench.database.query(sql`
      update budget_windows set starts_at = starts_at - interval '1 day', ends_at = ends_at - interval '1 day'`);
    await settleAll();
    await bench.admit();
    expect(await daily('all')).toMatchObject({ spent: 0n, reserved: RESERVED });
    await bench.database.query(sql`select fold_budgets(100)`);
    const windows = await bench.database.query(
      sql`select spent_nano::bigint, reserved_nano::bigint from budget_windows order by starts_at`,
    );
    expect(windows).toEqual([
      { spent_nano: 700n, reserved_nano: 0n },
      { spent_nano: 0n, reserved_nano: RESERVED },
    ]);
  });
});
