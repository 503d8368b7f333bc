import fc from 'fast-check';
import { isTerminal, jobIdFromUuid, nanoUsd, uuidOfJob, type JobId } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { openJobBench, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import {
  JobModel,
  MODEL_CRASH_LIMIT,
  MODEL_RESERVE,
  reserveOf,
  type ModelSettlement,
} from './__fixtures__/job-model.js';
import { cancelJob } from './cancel-job.js';
import type { ClaimedJob } from './claim-jobs.js';
import { beat, LeaseLostError } from './lease.js';
import type { Plan } from './plan.js';
import type { SettledJob } from './settle-attempts.js';
import { pauseLanes, resumeLanes } from './traffic/pause-lanes.js';

/** Interleavings that are tried, and what they grow from: set both by hand for more, or to see a failure again. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 60);
const SEED = Number(process.env['PROPERTY_SEED'] ?? 20_261_121);

/** Sequences of them at once. */
const LANES = RUNS < 1_000 ? 2 : 4;
/** For a machine that has other things to do. */
const LIMIT_MS = 60_000 + RUNS * 2_000;

const CONCURRENCY = 4;
const FAR_MS = 3_600_000;
const ENDS: readonly ModelSettlement[] = [
  { state: 'succeeded', cost: 700n, outcome: 'succeeded', parked: false },
  { state: 'succeeded', cost: MODEL_RESERVE + 5n, outcome: 'succeeded', parked: false },
  { state: 'failed', cost: 0n, outcome: 'failed', parked: false },
  { state: 'canceled', cost: null, outcome: 'canceled', parked: false },
  { state: 'failed', cost: 0n, outcome: null, parked: false },
  { state: 'failed', cost: 300n, outcome: null, parked: true },
  { state: 'failed', cost: 0n, outcome: null, parked: false, moves: true },
];
const STEPS = [
  'admit',
  'admitDelayed',
  'claim',
  'settle',
  'cancel',
  'crash',
  'beat',
  'recover',
  'ripen',
  'runOut',
  'endOverdue',
  'fold',
  'leaveShut',
] as const;
type Step = (typeof STEPS)[number];

interface JobRow {
  readonly id: string;
  readonly status: string;
  readonly target: number;
  readonly attempts: string[] | null;
}

/** One interleaving: what the processes of an installation could do, in any order, beside what the model says of it. */
class Interleaving {
  readonly model = new JobModel(CONCURRENCY);
  readonly #ids: JobId[] = [];
  readonly #claims: ClaimedJob[] = [];
  readonly #workers: number[] = [];

  constructor(
    private readonly bench: JobBench,
    private readonly provider: string,
  ) {}

  async take(step: Step, choice: number): Promise<void> {
    await this.#do(step, choice);
    const { jobs, hidden, spent, held } = await this.#look();
    expect({ step, choice, jobs, hidden, held }).toEqual({
      step,
      choice,
      jobs: this.#inModel(),
      hidden: null,
      held: spent,
    });
  }

  /**
   * All that is checked after a step, in one look: jobs with their attempts; jobs that could be claimed and that no claim
   * would find, because their lane says that it is empty; and what the budget of these jobs has spent, holds and was passed
   * by, beside what their attempts say of that. The function that clients read budgets by takes as long as all the rest and
   * is asked at the end.
   */
  async #look(): Promise<{ jobs: unknown[]; hidden: unknown; spent: string; held: string }> {
    const [row] = await this.bench.database.query<{
      jobs: JobRow[] | null;
      hidden: unknown;
      spent: string;
      held: string;
    }>(sql`
      select (select json_agg(json_build_object(
                       'id', j.id,
                       'status', coalesce(j.outcome::text, case when l.job_id is null then 'nowhere'
                                                                when l.worker_id is null then 'queued' else 'running' end),
                       'target', coalesce(l.target, jsonb_array_length(j.moves), 0),
                       'attempts', (select json_agg(a.state || ' ' || coalesce(a.cost_nano::text, 'null') order by a.number)
                                      from attempts a where a.job_id = j.id)))
                from jobs j left join live_jobs l on l.job_id = j.id where j.id = any (ids.all)) as jobs,
             (select json_agg(l.job_id) from live_jobs l join lanes on lanes.id = l.lane_id
               where l.worker_id is null and not l.parked and not lanes.waiting) as hidden,
             (select coalesce(sum(a.cost_nano), 0) || ' ' ||
                     coalesce(sum(a.reserved_nano) filter (where a.finished_at is null), 0) || ' ' ||
                     coalesce(sum(greatest(a.cost_nano - a.reserved_nano, 0)), 0)
                from attempts a where a.job_id = any (ids.all)) as spent,
             (select sum(spent_nano) || ' ' || sum(reserved_nano) || ' ' || sum(overrun_nano)
                from (select w.id, w.spent_nano, w.reserved_nano, w.overrun_nano from budget_windows w
                       where w.id = ids.window_id
                      union all
                      select d.id, d.spent_nano, d.reserved_nano, d.overrun_nano from budget_deltas d
                       where d.window_id = ids.window_id) as parts) as held
        from (select ${this.#ids.map(uuidOfJob)}::uuid[] as all,
                     (select w.id from budget_windows w join budgets b on b.id = w.budget_id
                       where b.name = ${this.provider} and b.removed_at is null and w.period = 'daily') as window_id) as ids`);
    if (!row) throw new Error('A look saw nothing.');
    return { ...row, jobs: (row.jobs ?? []).map((job) => ({ ...job, id: jobIdFromUuid(job.id) })).toSorted(byId) };
  }

  async #do(step: Step, choice: number): Promise<void> {
    const { bench, model } = this;
    const id = this.#ids[choice % Math.max(this.#ids.length, 1)];
    switch (step) {
      case 'admit':
      case 'admitDelayed':
        return await this.#admit(step === 'admitDelayed', choice);
      case 'claim':
        return await this.#claim(choice);
      case 'settle':
        return await this.#settle(choice);
      case 'cancel':
        if (id) expect(await cancelJob(bench.database, bench.queue, id)).toBe(model.cancel(id));
        return;
      case 'crash': {
        const worker = this.#workers[choice % Math.max(this.#workers.length, 1)];
        if (worker === undefined || !model.workers.has(worker)) return;
        await bench.killWorker(worker);
        model.workers.set(worker, true);
        return;
      }
      case 'beat':
        return await this.#beat(choice);
      case 'recover':
        return await this.#recover();
      case 'ripen':
        await this.#touch(sql`ready_at = clock_timestamp()`, id, sql`parked`);
        if (id) Object.assign(model.jobs.get(id) ?? {}, { parked: false });
        return;
      case 'runOut': {
        const past = sql`expires_at = clock_timestamp(), deadline_at = case when started_at is not null then clock_timestamp() end`;
        await this.#touch(past, id, sql`true`);
        const job = id && model.jobs.get(id);
        if (job) Object.assign(job, job.started ? { late: true } : { expired: true });
        return;
      }
      case 'endOverdue': {
        const ended = await bench.database.query<{ job_id: string; outcome: string }>(
          sql`select job_id, outcome from end_overdue_jobs(100, '{}')`,
        );
        expect(asLines(ended)).toEqual(model.endOverdue());
        return;
      }
      case 'fold':
        return void (await bench.database.query(sql`select fold_budgets(100)`));
      case 'leaveShut':
        return await this.#leaveShut(choice);
    }
  }

  async #admit(delayed: boolean, choice: number): Promise<void> {
    const plan = this.#plan(choice);
    const id = await this.bench.admit({
      plan,
      provider: this.provider,
      model: `${this.provider}-${choice % 2}`,
      tenantId: this.bench.tenants[choice % 3 === 0 ? 0 : 1],
      priority: choice % 10,
      reserve: nanoUsd(MODEL_RESERVE),
      delayMs: delayed ? FAR_MS : 0,
    });
    this.#ids.push(id);
    const providers = plan.targets.map((target) => target.provider);
    this.model.admit(id, delayed, providers);
  }

  /** One to three targets: a model, the other one at another provider, and that at the first. */
  #plan(choice: number): Plan {
    const [own, other] = [`${this.provider}-${choice % 2}`, `${this.provider}-${(choice + 1) % 2}`];
    const [provider, further] = this.#providers;
    const all = [
      [provider, own, reserveOf({ target: 0 })],
      [further, other, reserveOf({ target: 1 })],
      [provider, other, reserveOf({ target: 2 })],
    ] as const;
    return this.bench.plan(...all.slice(0, 1 + (choice % 3)));
  }

  get #providers(): readonly [string, string] {
    return [this.provider, `${this.provider}-further`];
  }

  async #claim(choice: number): Promise<void> {
    const worker = await this.#worker(choice);
    const slots = 1 + (choice % 5);
    const provider = this.#providers[choice % 7 < 2 ? 1 : 0];
    const aside = await this.bench.database.query<{ id: number; name: string }>(sql`
      select w.id, p.name from workers w join providers p on p.id = w.set_aside_for where w.stopped_at is null`);
    const setAside = new Map(aside.map(({ id, name }) => [id, name]));
    const expected = this.model.room(worker, slots, provider, setAside);
    const claimed = await this.bench.claim(worker, slots, CONCURRENCY, provider);
    expect(claimed.length).toBe(expected);
    for (const job of claimed) {
      const { epoch, attempts, crashes, target } = this.model.claim(job.id, worker);
      const expectation = { epoch, attempt: attempts.length, crashes, target, reserved: reserveOf({ target }) };
      expect(job).toMatchObject(expectation);
    }
    this.#claims.push(...claimed);
  }

  /** One of three workers, or a new one in the place of one that was lost. */
  async #worker(choice: number): Promise<number> {
    const place = choice % 3;
    const known = this.#workers[place];
    if (known !== undefined && (this.model.workers.has(known) || choice % 4 === 0)) return known;
    const worker = await this.bench.worker();
    this.model.workers.set(worker, false);
    this.#workers[place] = worker;
    return worker;
  }

  /** Settles any claim that there ever was: most are stale. */
  async #settle(choice: number): Promise<void> {
    const job = this.#claims[this.#claims.length - 1 - (choice % Math.max(this.#claims.length, 1))];
    if (!job) return;
    const end = ENDS[choice % ENDS.length] ?? ENDS[0];
    if (!end) return;
    const { result } = success(job).then as Extract<SettledJob, { outcome: 'succeeded' }>;
    const back: SettledJob = end.moves
      ? { outcome: 'moved' }
      : { outcome: null, parkMs: end.parked ? FAR_MS : 0, countsAs: 'try' };
    const then: SettledJob =
      end.outcome === 'succeeded'
        ? { outcome: 'succeeded', result }
        : end.outcome === null
          ? back
          : { outcome: end.outcome };
    const cost = end.cost === null ? null : nanoUsd(end.cost);
    const verdict = await this.bench.settler.settle({ ...tryAgain(job, 0), state: end.state, cost, then });
    expect(verdict).toBe(this.model.settle(job.id, job.epoch, job.workerId, end));
  }

  async #beat(choice: number): Promise<void> {
    const worker = this.#workers[choice % Math.max(this.#workers.length, 1)];
    if (worker === undefined) return;
    const expected = this.model.beat(worker);
    if (!expected) return void (await expect(beat(this.bench.database, worker)).rejects.toThrow(LeaseLostError));
    const held = await beat(this.bench.database, worker);
    const lines = held.map((job) => `${job.id} ${job.epoch} ${String(job.cancelRequested)}`);
    expect(lines.toSorted()).toEqual(expected);
  }

  async #recover(): Promise<void> {
    const recovered = await this.bench.database.query<{ job_id: string; outcome: string | null }>(
      sql`select job_id, outcome from recover_jobs(${MODEL_CRASH_LIMIT}, '{}', '{}', '{}')`,
    );
    expect(asLines(recovered)).toEqual(this.model.recover());
  }

  /** Pauses a provider for as long as those that wait for it take to go on. */
  async #leaveShut(choice: number): Promise<void> {
    const { database } = this.bench;
    const provider = this.#providers[choice % 3 === 0 ? 1 : 0];
    // As the look of an idle worker does.
    const unparked = sql`unpark_jobs(id, clock_timestamp())`;
    await database.query(sql`select open_lanes(${unparked}) from providers where name = ${provider}`);
    await pauseLanes(database, { provider }, 'the spec');
    const left = await database.query<{ job_id: string; provider: string }>(
      sql`select job_id, provider from leave_shut_targets(1000, '{"model_unavailable": "model"}')`,
    );
    await resumeLanes(database, { provider });
    const lines = left.map((row) => `${jobIdFromUuid(row.job_id)} ${row.provider}`).toSorted();
    expect(lines).toEqual(this.model.leaveShut(provider));
  }

  async #touch(change: ReturnType<typeof sql>, id: JobId | undefined, where: ReturnType<typeof sql>): Promise<void> {
    if (!id) return;
    await this.bench.database.query(
      sql`update live_jobs set ${change} where job_id = ${uuidOfJob(id)}::uuid and ${where}`,
    );
  }

  #inModel(): unknown[] {
    return [...this.model.jobs.values()]
      .map(({ id, status, target, attempts }) => ({
        id,
        status,
        target,
        attempts: attempts.map(([state, cost]) => `${state} ${cost}`),
      }))
      .toSorted(byId);
  }

  /** Ends what has not ended, as time would, and adds up what it cost. */
  async finish(): Promise<void> {
    for (const [index] of this.#workers.entries()) await this.take('crash', index);
    await this.take('recover', 0);
    for (const [index] of this.#ids.entries()) await this.take('cancel', index);
    expect([...this.model.jobs.values()].every(({ status }) => isTerminal(status))).toBe(true);
    const unbalanced = await this.bench.database.query(sql`
      select a.job_id, a.number from attempts a left join lateral (
        select coalesce(sum(amount_nano) filter (where kind = 'reserve'), 0) as reserved,
               coalesce(sum(amount_nano) filter (where kind = 'overrun'), 0) as overrun,
               coalesce(sum(amount_nano) filter (where kind = 'settle'), 0) as settled,
               coalesce(sum(amount_nano) filter (where kind = 'release'), 0) as released,
               count(*) filter (where kind = 'settle') as times
          from ledger_entries l where l.job_id = a.job_id and l.attempt = a.number
      ) sums on true
       where a.job_id = any (${this.#ids.map(uuidOfJob)}::uuid[])
         and (reserved + overrun <> settled + released or reserved <> a.reserved_nano or settled <> a.cost_nano
              or times <> (a.state <> 'released')::integer)`);
    expect(unbalanced).toEqual([]);
    const read = await this.bench.database.query<{ period: string; told: string }>(sql`
      select period, spent_nano || ' ' || reserved_nano || ' ' || overrun_nano as told
        from read_budgets(${this.provider}, null, null, null, false)`);
    const { spent } = await this.#look();
    expect(read).toEqual(['daily', 'monthly'].map((period) => ({ period, told: spent })));
  }
}

function asLines(rows: readonly { readonly job_id: string; readonly outcome: string | null }[]): string[] {
  return rows.map((row) => `${jobIdFromUuid(row.job_id)} ${row.outcome ?? 'queued'}`).toSorted();
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1;
}

describe('every interleaving of admit, claim, settle, move, crash, beat, recover, cancel and expire', () => {
  // Side by side, each in a database of its own.
  it.concurrent.each(Array.from({ length: LANES }, (_, lane) => SEED + lane))(
    'goes as the model says, follows the tables of transitions and leaves the ledger balanced (seed %i)',
    async (seed) => {
      const bench = await openJobBench();
      try {
        await interleave(bench, { seed, runs: Math.ceil(RUNS / LANES) });
      } finally {
        await bench.close();
      }
    },
    LIMIT_MS,
  );
});

async function interleave(
  bench: JobBench,
  { seed, runs }: { readonly seed: number; readonly runs: number },
): Promise<void> {
  let run = 0;
  // Claims and settlements more often than the rest, as it is.
  const step = fc.constantFrom(...STEPS, ...(['claim', 'claim', 'settle', 'settle', 'settle'] as const));
  const steps = fc.array(fc.tuple(step, fc.nat({ max: 100 })), { minLength: 5, maxLength: 60, size: 'max' });
  const property = fc.asyncProperty(steps, async (taken) => {
    run += 1;
    const interleaving = new Interleaving(bench, `provider-${run}`);
    // Each run's jobs have a budget of their own, which counts and never refuses.
    const budgets = ['', '-0', '-1'].map((model) => ({
      name: `provider-${run}${model}`,
      ...(model === '' ? {} : { model: `provider-${run}${model}` }),
      time_zone: 'UTC',
      daily_nano: 10 ** 15,
      monthly_nano: 10 ** 15,
      alert_ppm: 800_000,
      rule: 'block',
    }));
    await bench.database.query(sql`select write_budgets(${JSON.stringify(budgets)}::json)`);
    try {
      await interleaving.take('admit', 0);
      for (const [step, choice] of taken) await interleaving.take(step, choice);
      await interleaving.finish();
    } finally {
      // A run that failed leaves nothing to the smaller one that is tried next.
      await bench.database.query(sql`delete from live_jobs`);
      await bench.database.query(sql`update workers set stopped_at = now() where stopped_at is null`);
    }
  });
  await fc.assert(property, { numRuns: runs, seed });
  expect(await bench.ledger()).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
  const [sums] = await bench.database.query(sql`
    select sum(amount_nano) filter (where debit = 'available') - sum(amount_nano) filter (where credit = 'available')
           + sum(amount_nano) filter (where debit = 'spent') as unaccounted from ledger_entries`);
  expect(sums).toEqual({ unaccounted: '0' });
}
