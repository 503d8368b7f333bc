import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';
import { CONFIGURATION, KEYS } from '../__fixtures__/configuration.js';

const BUDGETS = `
budgets:
  - { name: acme-day, tenant: acme, dailyLimit: "0.02", monthlyLimit: "1" }
  - { name: acme-app-day, key: acme-app, dailyLimit: "5", onLimit: wait }
  - { name: globex-day, tenant: globex, dailyLimit: "3", blockOnLimit: false }
  - { name: pictures, model: pictures, monthlyLimit: "0.10", timeZone: Europe/Berlin }
  - { name: everything, monthlyLimit: "1000" }
`;

describe('budgets over HTTP', () => {
  let api: TestApi;

  beforeEach(async () => {
    api = await startTestApi({ configuration: CONFIGURATION.replace(/budgets:\n.*\n/, BUDGETS.trimStart()) });
  }, 60_000);
  afterEach(() => api.close());

  const refused = async (): Promise<void> => {
    for (let jobs = 0; jobs < 20; jobs += 1) {
      const { status } = await api.ask('/v1/jobs', {
        json: { type: 'generation', request: { prompt: 'Hi', maxTokens: 10 } },
      });
      if (status === 402) return;
      expect(status).toBe(202);
    }
    throw new Error('No budget refused anything.');
  };

  it('refuse with 402, the budget, what is left, and when its next window begins', async () => {
    await refused();
    const { status, body } = await api.ask('/v1/jobs', { json: { type: 'generation', request: { prompt: 'Hi' } } });
    expect(status).toBe(402);
    expect(body.error).toMatchObject({
      type: 'budget_exceeded',
      code: 'budget_exceeded',
      budget: 'acme-day',
      param: null,
    });
    expect(body.error.message).toMatch(/"acme-day" has 0\.\d+ of 0\.02 USD left, and this may cost up to 0\.\d+ USD/);
    expect(body.error.resetsAt).toMatch(/T00:00:00\.000Z$/);
    expect(
      (await api.ask('/v1/jobs', { key: KEYS.globex, json: { type: 'generation', request: { prompt: 'Hi' } } })).status,
    ).toBe(202);
  });

  it('tell a key its own, and an admin any', async () => {
    await api.submit({ request: { prompt: 'Hi', maxTokens: 10 } });
    const own = await api.ask('/v1/budgets');
    expect(own.body).toMatchObject({
      data: [
        {
          name: 'acme-app-day',
          onLimit: 'wait',
          windows: { daily: { limit: '5.00', overrun: '0.00', spent: '0.00' } },
        },
        { name: 'acme-day', onLimit: 'block', windows: { daily: { limit: '0.02' }, monthly: { limit: '1.00' } } },
      ],
      nextCursor: null,
    });
    const { reserved, remaining } = own.body.data[1].windows.daily;
    expect(Number(reserved)).toBeGreaterThan(0);
    expect(Number(reserved) + Number(remaining)).toBeCloseTo(0.02, 9);
    const usage = await api.ask('/v1/admin/budgets/acme-day/usage', { key: KEYS.admin });
    expect(usage.body).toEqual(own.body.data[1]);
    expect(
      (await api.ask('/v1/admin/budgets/pictures/usage', { key: KEYS.admin })).body.windows.monthly.resetsAt,
    ).toMatch(/T2[23]:00:00\.000Z$/);
    expect((await api.ask('/v1/admin/budgets/none/usage', { key: KEYS.admin })).status).toBe(404);
    expect((await api.ask('/v1/admin/budgets/acme-day/usage')).status).toBe(403);
    expect((await api.ask('/v1/budgets', { key: KEYS.globex })).body.data).toMatchObject([{ name: 'globex-day' }]);
  });

  it('answer what they would say, and reserve nothing', async () => {
    const check = async (json: object, key: string = KEYS.acme): Promise<object> =>
      (await api.ask('/v1/budgets/check', { key, json })).body;
    expect(await check({ estimatedCost: '0.02' })).toMatchObject({
      allowed: true,
      remaining: '0.02',
      budget: 'acme-day',
    });
    expect(await check({ estimatedCost: '0.020000001' })).toMatchObject({ allowed: false, remaining: '0.02' });
    expect(await check({ type: 'image', request: { prompt: 'a cat' } }, KEYS.globex)).toMatchObject({
      allowed: true,
      estimatedCost: '0.04',
      budget: 'pictures',
      remaining: '0.10',
    });
    expect(await check({ type: 'image', request: { prompt: 'a cat', n: 3 } }, KEYS.globex)).toMatchObject({
      allowed: false,
    });
    expect(await check({ type: 'generation', request: { prompt: 'x', maxTokens: 1 } })).toMatchObject({
      allowed: true,
    });
    expect((await api.ask('/v1/admin/budgets/acme-day/usage', { key: KEYS.admin })).body.windows.daily.reserved).toBe(
      '0.00',
    );
  });

  it.each([
    [{ estimatedCost: 0.02 }, 'estimatedCost'],
    [{ estimatedCost: '-1' }, 'estimatedCost'],
    [{ estimatedCost: '1e3' }, 'estimatedCost'],
    [{ estimatedCost: '1', type: 'generation' }, 'type'],
    [{ type: 'generation' }, 'request'],
    [{}, 'type'],
  ])('refuse the question %j', async (json, param) => {
    const { status, body } = await api.ask('/v1/budgets/check', { json });
    expect([status, body.error.param]).toEqual([422, param]);
  });

  it('bound an answer that nobody has bounded, and say so', async () => {
    const id = await api.submit({ selection: { modelId: 'meta/llama-3.1' } });
    const job = await api.worker.claimOne();
    expect(job.id).toBe(id);
    expect(job.plan).toMatchObject({
      targets: [{ params: { maxTokens: 4096 }, warnings: [expect.stringMatching(/^maxTokens: 4096 was set/)] }],
    });
    await api.submit({ selection: { modelId: 'meta/llama-3.1' }, request: { prompt: 'x', maxTokens: 5 } });
    expect((await api.worker.claimOne()).plan).not.toHaveProperty('targets.0.warnings');
  });

  it('that let wait answer 202 with what is waited for', async () => {
    const waits = await startTestApi({
      configuration: CONFIGURATION.replace(
        /budgets:\n.*\n/,
        'budgets:\n  - { name: slow, dailyLimit: "0.02", onLimit: wait }\n',
      ),
    });
    try {
      const jobs = [];
      for (let count = 0; count < 6; count += 1) {
        jobs.push(
          await waits.ask('/v1/jobs', { json: { type: 'generation', request: { prompt: 'Hi', maxTokens: 60 } } }),
        );
      }
      expect(jobs.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202, 202]);
      expect(jobs.at(-1)?.body.waiting).toEqual({ for: 'budget', detail: 'room in the budget slow' });
      expect((await waits.ask(`/v1/jobs/${jobs.at(-1)?.body.id}`)).body.waiting).toEqual(jobs.at(-1)?.body.waiting);
    } finally {
      await waits.close();
    }
  }, 30_000);
});
