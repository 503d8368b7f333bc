import { sql } from '@switchyard/database';
import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import { beginModelCheck, endModelCheck, readModelChecks } from './model-check.js';

const DUE = { first: 1, every: 24 * 60, again: 60 };

describe('checks of what vendors list', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  beforeEach(() => test.database.query(sql`delete from model_checks`));
  afterAll(() => test.drop());

  const begin = (provider = 'openai'): Promise<boolean> => beginModelCheck(test.database, provider, DUE);
  const pass = (minutes: number): Promise<unknown> =>
    test.database.query(sql`update model_checks set due_at = due_at - ${minutes} * interval '1 minute'`);

  it('are due a while after a provider was first seen, for one of many who ask, and again when nothing comes of it', async () => {
    expect(await begin()).toBe(false);
    expect(await begin()).toBe(false);
    await pass(1);
    const told = await Promise.all(Array.from({ length: 10 }, () => begin()));
    expect(told.filter(Boolean)).toHaveLength(1);
    await pass(59);
    expect(await begin()).toBe(false);
    await pass(1);
    expect(await begin()).toBe(true);
  });

  it('keep what they found for a day', async () => {
    const found = { new: ['gpt-9'], retired: ['gpt-1'], unpriced: ['gpt-9'] };
    await begin();
    await pass(1);
    await begin();
    await endModelCheck(test.database, 'openai', { found }, DUE);
    expect(await readModelChecks(test.database)).toEqual([
      { provider: 'openai', checkedAt: expect.any(Date), error: null, ...found },
    ]);
    await pass(24 * 60 - 1);
    expect(await begin()).toBe(false);
    await pass(1);
    expect(await begin()).toBe(true);
  });

  it('keep what an earlier one found when they fail, with the reason, and are due again in an hour', async () => {
    const found = { new: [], retired: ['gpt-1'], unpriced: [] };
    await endModelCheck(test.database, 'openai', { found }, DUE);
    await endModelCheck(test.database, 'openai', { error: 'Away.' }, DUE);
    await endModelCheck(test.database, 'groq', { error: 'Away.' }, DUE);
    expect(await readModelChecks(test.database)).toEqual([
      { provider: 'groq', checkedAt: null, error: 'Away.', new: [], retired: [], unpriced: [] },
      { provider: 'openai', checkedAt: expect.any(Date), error: 'Away.', ...found },
    ]);
    await pass(60);
    expect(await begin()).toBe(true);
    await endModelCheck(test.database, 'openai', { found }, DUE);
    expect((await readModelChecks(test.database)).at(-1)?.error).toBeNull();
  });
});
