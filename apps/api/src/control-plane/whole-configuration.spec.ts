import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openAdmin, type Admin } from '../__fixtures__/admin.js';
import type { Answer } from '../__fixtures__/call-api.js';
import { KEYS } from '../__fixtures__/configuration.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

// Many requests in a test, on a machine that may be busy.
jest.setTimeout(30_000);

describe('the configuration as a whole', () => {
  let api: TestApi;
  let admin: Admin;
  beforeAll(async () => {
    api = await startTestApi();
    admin = openAdmin(api);
  }, 60_000);
  afterAll(() => api.close());
  const merge = (json: unknown): Promise<Answer> => admin.put('config', json);

  it('shows what is running, where it is from, and no secret of it', async () => {
    const { status, body, text } = await admin.get('config');
    expect(status).toBe(200);
    expect(body.providers.vendor).toMatchObject({
      kind: 'openai',
      apiKey: '***',
      baseURL: 'https://vendor.example/v1',
    });
    expect(body.aliases).toEqual({
      smart: { model: 'chat', source: 'file' },
      smarter: { model: 'smart', source: 'file' },
      'secret-alias': { model: 'premium-chat', source: 'file' },
    });
    expect(body.models[0]).toMatchObject({ id: 'chat', provider: 'sim', source: 'file' });
    expect(body.defaultProvider).toBe('sim');
    expect(body.tenants.acme.keys[0]).toEqual({ name: 'acme-app', key: '***', source: 'file' });
    expect(body.budgets).toEqual([{ name: 'acme-month', tenant: 'acme', monthlyLimit: '1000000', source: 'file' }]);
    expect(text).not.toContain('canary');
    for (const key of Object.values(KEYS)) expect(text).not.toContain(key);
  });

  it('takes a part of it, all or nothing, and all of it back', async () => {
    const whole = (await admin.get('config')).body;
    expect((await merge(whole)).body).toEqual(whole);
    const part = {
      budgets: [
        { name: 'acme-month', dailyLimit: '3' },
        { name: 'new', tenant: 'initech', dailyLimit: '1' },
      ],
      tenants: { initech: { weight: 2, keys: [{ name: 'initech-app', key: 'sk-initech-0123456789abcdef' }] } },
    };
    const parts = {
      ...part,
      aliases: { quick: 'chat' },
      models: [{ id: 'chat', price: 'free' }],
      loadBalancers: { spread: { models: ['chat', 'meta/llama-3.1'] } },
      fallbackChain: ['sim', 'vendor'],
      modules: { claude: false },
    };
    const { status, body } = await merge(parts);
    expect(body.aliases.quick).toEqual({ model: 'chat', source: 'api' });
    expect(body.models[0]).toMatchObject({ id: 'chat', price: 'free', defaultVersion: 'v2', source: 'api' });
    expect(body.loadBalancers).toEqual({ spread: { models: ['chat', 'meta/llama-3.1'], source: 'api' } });
    expect([body.fallbackChain, body.modules]).toEqual([['sim', 'vendor'], { 'switched-off': false, claude: false }]);
    expect((await merge(body)).body).toEqual(body);
    expect([status, body.budgets]).toEqual([
      200,
      [
        { name: 'acme-month', tenant: 'acme', monthlyLimit: '1000000', dailyLimit: '3', source: 'api' },
        { name: 'new', tenant: 'initech', dailyLimit: '1', source: 'api' },
      ],
    ]);
    expect((await api.ask('/v1/jobs', { key: 'sk-initech-0123456789abcdef' })).status).toBe(200);
    const before = (await admin.get('config')).body;
    const refused = await merge({
      budgets: [
        { name: 'good', dailyLimit: '1' },
        { name: 'bad', dailyLimit: '-1' },
      ],
    });
    expect([refused.status, refused.body.error.param]).toEqual([422, 'budgets/bad.dailyLimit']);
    for (const [json, param] of [
      [{ providers: [] }, 'providers'],
      [{ models: [{ name: 'x' }] }, 'models[0].id'],
      [{ models: { chat: {} } }, 'models'],
      [{ limits: { bodyBytes: 5 } }, 'limits'],
      [{ fallbackChain: ['sim', 'none'] }, 'value[1]'],
      [{ settings: {} }, 'settings'],
      [{ aliases: { a: 'none' } }, 'model'],
      [{ nonsense: 1 }, 'nonsense'],
      [{ budgets: {} }, 'budgets'],
      [{ budgets: [{}] }, 'budgets[0].name'],
      [{ tenants: [] }, 'tenants'],
      [{ tenants: { acme: { keys: {} } } }, 'tenants.acme.keys'],
      [JSON.parse('{"__proto__": {"budgets": []}}'), '__proto__'],
    ] as const) {
      const answer = await merge(json);
      expect([answer.status, answer.body.error.param]).toEqual([422, param]);
    }
    expect((await admin.get('config')).body).toEqual(before);
  });
});
