import fc from 'fast-check';
import { nanoUsd } from '@switchyard/contract';
import { sql, type Queryable } from '@switchyard/database';
import {
  KEYS,
  MODELS,
  openLedgerBench,
  PROVIDERS,
  TENANTS,
  type LedgerBench,
  type RunningJob,
} from '../__fixtures__/ledger-bench.js';
import { addUpPlainly, nameOfGroup } from '../__fixtures__/plain-usage.js';
import { balanceLedger } from '../ledger/balance-ledger.js';
import { bookCost } from '../ledger/book-cost.js';
import { checkUsage } from './check-usage.js';
import { foldUsage } from './fold-usage.js';
import { readUsage, type UsageQuery } from './read-usage.js';
import { rateUsage, USAGE_DIMENSIONS } from './usage-row.js';

/** Interleavings that are tried, and what they grow from: set both by hand for more, or to see a failure again. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 60);
const SEED = Number(process.env['PROPERTY_SEED'] ?? 20_261_121);

const HOUR_MS = 3_600_000;
/** Settlements lie within three days before this, in two months. */
const LAST = Date.parse('2026-12-02T00:00:00Z');
const STEPS = [
  'admit',
  'settle',
  'settleOpen',
  'endOpen',
  'cancel',
  'recover',
  'book',
  'fold',
  'foldTwice',
  'foldUndone',
  'read',
] as const;
type Step = (typeof STEPS)[number];

/** A settlement whose transaction is still open, and how to end it. */
interface OpenSettlement {
  end(commit: boolean): Promise<void>;
}

class Interleaving {
  readonly #running: RunningJob[] = [];
  readonly #queued: string[] = [];
  readonly #open: OpenSettlement[] = [];

  constructor(private readonly bench: LedgerBench) {}

  async take(step: Step, choice: number): Promise<void> {
    const { bench } = this;
    switch (step) {
      case 'admit':
        this.#queued.push(await bench.admit(choice));
        return;
      case 'settle': {
        const job = await this.#next(choice);
        if (job) await bench.database.transaction((on) => this.#settle(on, job, choice));
        return;
      }
      case 'settleOpen': {
        const job = this.#open.length < 3 ? await this.#next(choice) : undefined;
        if (job) this.#open.push(await holdOpen(bench, (on) => this.#settle(on, job, choice)));
        return;
      }
      case 'endOpen':
        return await this.#open.shift()?.end(choice % 3 > 0);
      // These two would wait for the row that an open settlement holds.
      case 'cancel': {
        const id = this.#queued[choice % Math.max(this.#queued.length, 1)];
        if (id && this.#open.length === 0) await bench.cancel(id);
        return;
      }
      case 'recover':
        if (this.#open.length > 0) return;
        this.#running.length = 0;
        return await bench.recover();
      case 'book':
        return await this.#book(choice);
      case 'fold':
        return void (await foldUsage(bench.database));
      case 'foldTwice':
        return void (await Promise.all([foldUsage(bench.database), foldUsage(bench.database)]));
      case 'foldUndone':
        // The courier dies before its commit.
        return await bench.database
          .transaction(async (on) => {
            await on.query(sql`select fold_usage(1000)`);
            throw new Error('undone');
          })
          .catch(unlessUndone);
      case 'read':
        return await this.compare(choice);
    }
  }

  async #next(choice: number): Promise<RunningJob | undefined> {
    if (this.#running.length === 0) {
      this.#running.push(...(await this.bench.claim(PROVIDERS[choice % 2] ?? '', 1 + (choice % 5))));
    }
    return this.#running.shift();
  }

  async #settle(on: Queryable, job: RunningJob, choice: number): Promise<void> {
    await this.bench.settle(on, job, {
      state: (['succeeded', 'succeeded', 'failed', 'canceled'] as const)[choice % 4] ?? 'failed',
      // Free, as reserved, less, more.
      cost: [0, 1_000, 700, 1_234][choice % 4] ?? 0,
      estimated: choice % 7 === 0,
      promptTokens: choice % 5 === 0 ? null : choice,
      completionTokens: choice % 5 === 0 ? null : choice * 3,
      // A clock that was set back, and every order of magnitude.
      latencyMs: choice % 11 === 0 ? -choice : Math.floor(1.13 ** choice) - 1,
      at: new Date(LAST - ((choice * 7_919) % 72) * HOUR_MS + (choice % 3) * 17_000),
    });
  }

  async #book(choice: number): Promise<void> {
    const booking = {
      tenantId: 1 + (choice % 2),
      key: choice % 3 === 0 ? null : (KEYS[choice % 2] ?? null),
      provider: PROVIDERS[choice % 2] ?? '',
      model: choice % 5 === 0 ? 'elsewhere' : (MODELS[0] ?? ''),
      cost: nanoUsd(BigInt(1 + choice)),
      promptTokens: choice % 4 === 0 ? null : choice,
      completionTokens: null,
      description: null,
      bookedBy: { keyId: 1, tenantId: 1 },
      idempotencyKey: choice % 2 === 0 ? null : `booking ${choice}`,
      digest: choice.toString(16).padStart(2, '0'),
    };
    await bookCost(this.bench.database, booking);
  }

  /** Reads one of all reports, and adds the lines up beside it. */
  async compare(choice: number): Promise<void> {
    const pick = <Item>(items: readonly Item[], by: number): Item | undefined =>
      by % (items.length + 2) < items.length ? items[by % (items.length + 2)] : undefined;
    const hours =
      choice % 4 === 0 ? [80 + (choice % 3) * 1_000, -5_000_000] : [(choice * 13) % 80, -((choice * 5) % 9)];
    const query: UsageQuery = {
      from: new Date(LAST - (hours[0] ?? 0) * HOUR_MS),
      to: new Date(LAST - (hours[1] ?? 0) * HOUR_MS),
      groupBy: USAGE_DIMENSIONS.filter((_, index) => (choice >> index) % 2 === 1),
      model: pick(MODELS, choice),
      provider: pick(PROVIDERS, Math.floor(choice / 3)),
      tenant: pick(TENANTS, Math.floor(choice / 5)),
      key: pick(KEYS, Math.floor(choice / 7)),
      limit: 1_000,
    };
    const rows = await readUsage(this.bench.database, query);
    const plain = await addUpPlainly(this.bench.database, query);
    expect(rows.map(({ group }) => nameOfGroup(group)).toSorted()).toEqual([...plain.keys()].toSorted());
    for (const { group, sums } of rows) {
      const { figures, latencies } = plain.get(nameOfGroup(group)) ?? { figures: {}, latencies: [] };
      expect({ query, group, ...sums }).toMatchObject({ query, group, ...figures });
      const { requests, p50LatencyMs, p95LatencyMs, p99LatencyMs } = rateUsage(sums);
      expect(requests).toBe(latencies.length);
      const exact = (share: number): number => latencies[Math.ceil(latencies.length * share) - 1] ?? Number.NaN;
      for (const [share, estimate] of [
        [0.5, p50LatencyMs],
        [0.95, p95LatencyMs],
        [0.99, p99LatencyMs],
      ] as const) {
        if (latencies.length === 0) expect(estimate).toBeNull();
        else expect(Math.abs((estimate ?? -1) - exact(share))).toBeLessThanOrEqual(exact(share) * 0.05 + 1);
      }
    }
  }

  async finish(): Promise<void> {
    for (const open of this.#open.splice(0)) await open.end(true);
    for (const choice of [0, 4, 8, 31]) await this.compare(choice);
    await foldUsage(this.bench.database);
    for (const choice of [0, 4, 8, 31]) await this.compare(choice);
    const check = await checkUsage(
      this.bench.database,
      new Date(LAST - 80 * HOUR_MS),
      new Date(LAST + 5_000_000 * HOUR_MS),
    );
    expect(check).toMatchObject({ faulty: 0, faults: [] });
    expect(await balanceLedger(this.bench.database)).toMatchObject({ unbalanced: 0, miscounted: 0, faults: [] });
  }

  async abandon(): Promise<void> {
    for (const open of this.#open.splice(0)) await open.end(false);
  }
}

/** Does some work in a transaction, and leaves it open. */
async function holdOpen(bench: LedgerBench, work: (on: Queryable) => Promise<void>): Promise<OpenSettlement> {
  let end = (_commit: boolean): void => undefined;
  const ended = new Promise<boolean>((resolve) => (end = resolve));
  let ready = (): void => undefined;
  const worked = new Promise<void>((resolve) => (ready = resolve));
  const transaction = bench.database
    .transaction(async (on) => {
      await work(on);
      ready();
      if (!(await ended)) throw new Error('undone');
    })
    .catch(unlessUndone);
  await Promise.race([worked, transaction]);
  return {
    async end(commit) {
      end(commit);
      await transaction;
    },
  };
}

function unlessUndone(error: unknown): void {
  if (!(error instanceof Error && error.message === 'undone')) throw error;
}

describe('reports', () => {
  let bench: LedgerBench;
  beforeAll(async () => {
    bench = await openLedgerBench();
  }, 60_000);
  afterAll(() => bench.close());

  it('say what the lines come to, in every interleaving of settling, folding, open transactions and reading', async () => {
    const step = fc.constantFrom(...STEPS, ...(['admit', 'admit', 'settle', 'settle', 'read'] as const));
    const steps = fc.array(fc.tuple(step, fc.nat({ max: 100 })), { minLength: 10, maxLength: 50, size: 'max' });
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const interleaving = new Interleaving(bench);
        try {
          for (const [step, choice] of taken) await interleaving.take(step, choice);
          await interleaving.finish();
        } finally {
          await interleaving.abandon();
          await bench.clear();
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
  }, 3_600_000);

  it('stay the same when retention drops jobs and attempts, and the check holds what is left', async () => {
    const interleaving = new Interleaving(bench);
    for (const choice of [1, 2, 3, 5, 8, 13, 21, 34]) {
      await interleaving.take('admit', choice);
      await interleaving.take('settle', choice);
    }
    await interleaving.take('book', 3);
    await foldUsage(bench.database);
    const [from, to] = [new Date(LAST - 80 * HOUR_MS), new Date(LAST + 5_000_000 * HOUR_MS)];
    const read = () => readUsage(bench.database, { from, to, groupBy: USAGE_DIMENSIONS, limit: 100 });
    const before = await read();
    expect(before.length).toBeGreaterThan(5);
    for (const table of [sql`attempts`, sql`jobs`, sql`calls`, sql`job_payloads`, sql`job_results`])
      await bench.database.query(sql`delete from ${table}`);
    expect(await read()).toEqual(before);
    expect(await checkUsage(bench.database, from, to)).toMatchObject({ faulty: 0 });
    expect(await balanceLedger(bench.database)).toMatchObject({ unbalanced: 0, miscounted: 0, bookings: 1 });
    await bench.database.query(sql`
      update usage_rollups set cost_nano = cost_nano + 1
       where span = 'day' and starts_at = (select max(starts_at) from usage_rollups where span = 'day' and booked_nano = 0)`);
    expect((await checkUsage(bench.database, from, to)).faulty).toBeGreaterThan(0);
    await bench.clear();
  });

  it('answer one group more than the limit where there are more, so that nobody takes a part for the whole', async () => {
    const interleaving = new Interleaving(bench);
    for (const choice of [1, 2, 3, 5]) {
      await interleaving.take('admit', choice);
      await interleaving.take('settle', choice);
    }
    const query = { from: new Date(0), to: new Date(LAST + HOUR_MS), groupBy: USAGE_DIMENSIONS };
    const all = await readUsage(bench.database, { ...query, limit: 100 });
    expect(await readUsage(bench.database, { ...query, limit: 1 })).toEqual(all.slice(0, 2));
    expect(await readUsage(bench.database, { ...query, limit: all.length })).toEqual(all);
    await bench.clear();
  });
});
