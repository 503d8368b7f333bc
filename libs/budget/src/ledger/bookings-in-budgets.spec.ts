import { nanoUsd } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { readBudgetUsage } from '../budget-usage.js';
import { openLedgerBench, type LedgerBench } from '../__fixtures__/ledger-bench.js';
import { bookCost, type NewBooking } from './book-cost.js';

const BOOKING: NewBooking = {
  tenantId: 1,
  key: null,
  provider: 'outside',
  model: 'outside-model',
  cost: nanoUsd(600n),
  promptTokens: null,
  completionTokens: null,
  description: null,
  bookedBy: { keyId: 1, tenantId: 1 },
  idempotencyKey: null,
  digest: 'a1',
};

describe('a cost from outside', () => {
  let bench: LedgerBench;

  beforeAll(async () => {
    bench = await openLedgerBench();
    const budgets = [
      { name: 'acme', tenant: 'acme' },
      { name: 'globex', tenant: 'globex' },
    ].map((budget) => ({
      ...budget,
      time_zone: 'UTC',
      daily_nano: '1000',
      alert_ppm: 500_000,
      rule: 'block',
    }));
    await bench.database.query(sql`select write_budgets(${JSON.stringify(budgets)}::json)`);
  }, 60_000);
  afterAll(() => bench.close());

  it('counts in the budgets that hold for it, and what they have no room for is overrun', async () => {
    await bookCost(bench.database, BOOKING);
    const window = async (name: string): Promise<unknown> => (await readBudgetUsage(bench.database, name))?.windows[0];
    expect(await window('acme')).toMatchObject({ spent: 600n, overrun: 0n, remaining: 400n });
    await bookCost(bench.database, BOOKING);
    expect(await window('acme')).toMatchObject({ spent: 1_200n, overrun: 200n, remaining: 0n });
    expect(await window('globex')).toMatchObject({ spent: 0n, remaining: 1_000n });
    const events = await bench.database.query(sql`select type from events order by id`);
    expect(events).toEqual([{ type: 'budget.alert' }, { type: 'budget.exceeded' }]);
  });

  it('counts once under its key', async () => {
    const keyed = { ...BOOKING, tenantId: 2, idempotencyKey: 'invoice-7' };
    await Promise.all([bookCost(bench.database, keyed), bookCost(bench.database, keyed)]);
    expect((await readBudgetUsage(bench.database, 'globex'))?.windows[0]).toMatchObject({ spent: 600n });
  });
});
