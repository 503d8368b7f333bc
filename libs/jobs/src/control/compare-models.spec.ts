import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import { compareModels } from './compare-models.js';
import { readModelChecks } from './model-check.js';
import type { Outcome, Question } from './provider-desk.js';

const DUE = { first: 1, every: 1, again: 1 };
const KNOWN = {
  provider: 'openai',
  configured: ['gpt-4', 'gpt-3'],
  otherNames: ['gpt-4:latest', 'gpt-3:latest'],
  isPriced: (name: string): boolean => name === 'gpt-5',
};

describe('comparing what a vendor lists', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test.drop());

  async function compare(outcome: Outcome): Promise<[unknown, unknown, Question[]]> {
    const asked: Question[] = [];
    const desk = {
      ask: async (question: Question) => {
        asked.push(question);
        return outcome;
      },
      close: () => undefined,
    };
    const found = await compareModels({ database: test.database, desk }, KNOWN, DUE);
    return [found, await readModelChecks(test.database), asked];
  }

  it('finds what is new, retired and without a price', async () => {
    const answer = { answer: { listed: ['gpt-6', 'gpt-4', 'gpt-4:latest', 'gpt-5'], missing: ['gpt-3'] } };
    const [found, kept, asked] = await compare({ state: 'answered', id: 1n, answer });
    const comparison = { new: ['gpt-5', 'gpt-6'], retired: ['gpt-3'], unpriced: ['gpt-6'] };
    expect(found).toEqual({ found: comparison });
    expect(kept).toEqual([{ provider: 'openai', checkedAt: expect.any(Date), error: null, ...comparison }]);
    expect(asked).toEqual([{ provider: 'openai', kind: 'models', payload: { models: ['gpt-4', 'gpt-3'] } }]);
  });

  it.each([
    [{ state: 'untaken' }, 'No worker of the provider took the question; start one.'],
    [{ state: 'unanswered' }, 'The worker did not answer in time.'],
    [{ state: 'answered', id: 1n, answer: { error: { code: 'network', message: 'Away.' } } }, 'Away.'],
  ] as const)('keeps what it knew where there is no list: %j', async (outcome: Outcome, error) => {
    const [found, kept] = await compare(outcome);
    expect(found).toEqual({ error });
    expect(kept).toMatchObject([{ provider: 'openai', error, retired: ['gpt-3'] }]);
  });
});
