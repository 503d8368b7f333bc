import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { registerWorker } from '@switchyard/jobs';
import { openAdmin, type Admin } from '../__fixtures__/admin.js';
import { GENERATION, startTestApi, type TestApi } from '../__fixtures__/test-api.js';

// Many requests in a test, on a machine that may be busy.
jest.setTimeout(60_000);

describe('entries of what exists', () => {
  let api: TestApi;
  let admin: Admin;
  beforeAll(async () => {
    api = await startTestApi();
    admin = openAdmin(api);
  }, 60_000);
  afterAll(() => api.close());

  it.each([
    ['providers/fresh', { kind: 'simulator' }, { concurrency: 3 }],
    [
      'models/fresh',
      { provider: 'sim', capabilities: ['generation'], contextWindow: 9, price: 'free' },
      { quality: 1 },
    ],
    ['aliases/fresh', { model: 'chat' }, { model: 'meta/llama-3.1' }],
    ['load-balancers/fresh', { models: ['chat', 'gold-chat'] }, { strategy: 'fastest' }],
    [
      'experiments/fresh',
      { arms: { a: { model: 'chat' }, b: { model: 'gold-chat' } } },
      { arms: { a: { weight: 0.25 }, b: { weight: 0.75 } } },
    ],
    ['routing-rules/fresh', { when: { tokens: { gt: 5 } }, model: 'chat' }, { model: 'gold-chat' }],
    ['access-policies/fresh', { models: ['chat'], requiredPermissions: ['x'] }, { models: ['gold-chat'] }],
    ['rate-limits/fresh', { tenant: 'acme', maxRequests: 5, windowMs: 1000 }, { maxRequests: 6 }],
  ])('makes, reads, merges, lists and deletes %s', async (path, body, patch) => {
    const key = path.startsWith('models/') ? 'id' : 'name';
    const made = await admin.put(path, body);
    expect([made.status, made.body]).toEqual([201, { [key]: 'fresh', ...body, source: 'api' }]);
    expect((await admin.get(path)).body).toEqual(made.body);
    const { status, body: merged } = await admin.patch(path, patch);
    expect([status, merged]).toEqual([200, expect.objectContaining({ [key]: 'fresh', source: 'api' })]);
    expect(merged).not.toEqual(made.body);
    expect((await admin.put(path, merged)).body).toEqual(merged);
    const [collection] = path.split('/');
    expect((await admin.get(`${collection}?limit=100`)).body.data).toContainEqual(merged);
    expect((await admin.put(path, body, { 'if-match': made.headers.get('etag') ?? '' })).status).toBe(412);
    expect((await admin.remove(path)).body).toEqual({ name: 'fresh', deleted: true });
    expect((await admin.get(path)).status).toBe(404);
  });

  it('take the price of a model per thousand tokens too, exactly', async () => {
    const body = { provider: 'sim', capabilities: ['generation'], contextWindow: 9 };
    const costPer1kTokens = { input: 0.03, output: '0.0006' };
    expect((await admin.put('models/dear', { ...body, costPer1kTokens })).body.price).toEqual({
      ...{ inputPerMillion: '30', outputPerMillion: '0.6' },
    });
    expect((await admin.patch('models/dear', { costPer1kTokens: { input: 1 } })).body.price).toEqual({
      ...{ inputPerMillion: '1000', outputPerMillion: '0.6' },
    });
    const twice = await admin.put('models/dear', { ...body, costPer1kTokens, price: 'free' });
    expect([twice.status, twice.body.error.param]).toEqual([422, 'costPer1kTokens']);
    await admin.remove('models/dear');
  });

  it.each([
    ['aliases/a', { model: 'b' }, 'model', /no model or alias is named "b"/],
    ['aliases/a', {}, 'model', /must/],
    ['aliases/a', { model: 'chat', other: 1 }, 'other', /unknown field/],
    ['aliases/smart', 'smarter', 'model', /leads back to itself/],
    ['aliases/chat', 'meta/llama-3.1', 'model', /the name "chat" is taken/],
    ['models/a', { provider: 'nobody', capabilities: [] }, 'capabilities', /`provider`: no provider is named "nobody"/],
    ['models/a', { id: 'b' }, 'id', /as the path says/],
    ['models/chat', { provider: 'sim', capabilities: ['image'], defaultVersion: 'v9' }, 'price', /`defaultVersion`/],
    ['providers/fresh', { kind: 'nothing' }, 'kind', /must be one of/],
    ['providers/fresh', { kind: 'openai' }, 'apiKey', /is missing/],
    ['providers/fresh', { kind: 'simulator', models: [] }, 'models', /changed one by one/],
    ['providers/not a name', { kind: 'simulator' }, 'name', /must be a name/],
    ['load-balancers/a', { models: [] }, 'models', /must have an entry/],
    ['load-balancers/a', { models: [{ model: 'chat', weight: 0 }] }, 'models[0].weight', /more than 0/],
    ['routing-rules/a', { model: 'none' }, 'model', /"none"/],
    ['routing-rules/a', { model: 'chat', when: { complex: 1 } }, 'when.complex', /unknown field/],
    ['routing-rules/a', { model: 'chat', before: 'none' }, 'before', /no routing rule is named/],
    ['experiments/a', { arms: { a: { model: 'none', weight: -1 } } }, 'arms.a.weight', /`arms\.a\.model`/],
    ['access-policies/a', { models: ['none'], requiredPermissions: [] }, 'requiredPermissions', /`models\[0\]`/],
    ['settings/fallbackChain', { value: ['sim', 'none'] }, 'value[1]', /no provider is named "none"/],
    ['settings/fallbackChain', {}, 'value', /is missing/],
    ['settings/defaultProvider', { value: 5 }, 'value', /must be/],
    ['settings/defaultProvider', { value: 'vendor', other: 1 }, 'value', /unknown field other/],
    ['settings/providers', { value: {} }, 'value', /is no setting/],
    ['rate-limits/a', { tenant: 'nobody', maxRequests: 0, windowMs: 1000 }, 'maxRequests', /`tenant`/],
  ])('refuses %s as %j, all faults at once', async (path, body, param, message) => {
    const [collection, name = ''] = path.split('/');
    const { status, body: answer } = await admin.put(`${collection}/${encodeURIComponent(name)}`, body);
    expect([status, answer.error.param, answer.error.message]).toEqual([422, param, expect.stringMatching(message)]);
    expect(await admin.rows('select from configuration_entries where not deleted')).toEqual([]);
  });
});

describe('what exists, changed through the control plane', () => {
  let api: TestApi;
  let admin: Admin;
  beforeEach(async () => {
    api = await startTestApi();
    admin = openAdmin(api);
  }, 60_000);
  afterEach(() => api.close());

  const ask = async (selection: object): Promise<{ status: number; body: Record<string, unknown> }> =>
    await api.ask('/v1/jobs', { json: { ...GENERATION, selection } });

  it('can be used as soon as it is there, at the price that it has', async () => {
    expect((await ask({ modelId: 'fresh' })).status).toBe(404);
    const fresh = { provider: 'sim', capabilities: ['generation'], contextWindow: 8000, price: { perRequest: '0.5' } };
    await admin.put('models/fresh', { ...fresh, providerModel: 'sim-1' });
    expect(await ask({ modelId: 'fresh' })).toMatchObject({
      status: 202,
      body: { model: 'fresh', provider: 'sim', cost: { estimated: '0.50' } },
    });
    await admin.patch('models/fresh', { price: { perRequest: '0.25' } });
    await admin.put('aliases/newest', 'fresh');
    expect(await ask({ modelId: 'newest' })).toMatchObject({ body: { model: 'fresh', cost: { estimated: '0.25' } } });
    const { body } = await api.ask('/v1/models/fresh');
    expect(body).toMatchObject({ id: 'fresh', aliases: ['newest'], price: { perRequest: '0.25' } });
    await admin.put('aliases/smart', { model: 'fresh' });
    expect(await ask({ modelId: 'smarter' })).toMatchObject({ body: { model: 'fresh' } });
    await admin.put('access-policies/fresh', { models: ['fresh'], requiredPermissions: ['rare'] });
    expect((await ask({ modelId: 'fresh' })).status).toBe(403);
  });

  it('warns of a provider that no worker serves yet', async () => {
    const fresh = await admin.put('providers/fresh', { kind: 'ollama' });
    expect(fresh.headers.get('x-warnings')).toMatch(/^No worker-ollama runs yet: jobs of fresh wait/);
    await registerWorker(api.app.database, 'worker-ollama');
    expect((await admin.patch('providers/fresh', { concurrency: 2 })).headers.get('x-warnings')).toBeNull();
    expect((await admin.patch('providers/switched-off', { concurrency: 2 })).headers.get('x-warnings')).toBeNull();
  });

  it('is switched off and on, and chosen by default as a setting says', async () => {
    const off = await admin.put('settings/modules', { value: { 'switched-off': false, sim: false } });
    expect([off.status, off.body]).toEqual([
      200,
      { name: 'modules', value: { 'switched-off': false, sim: false }, source: 'api' },
    ]);
    expect((await ask({ modelId: 'chat' })).status).toBe(422);
    expect((await admin.patch('settings/modules', { value: { sim: null } })).body.value).toEqual({
      'switched-off': false,
    });
    expect((await ask({ modelId: 'chat' })).status).toBe(202);
    await admin.put('settings/defaultProvider', { value: 'claude' });
    expect(await ask({ provider: 'auto' })).toMatchObject({ body: { provider: 'claude' } });
    expect((await admin.remove('settings/defaultProvider')).body).toEqual({
      ...{ name: 'defaultProvider', value: 'sim', source: 'file' },
    });
    expect(await ask({ provider: 'auto' })).toMatchObject({ body: { provider: 'sim' } });
  });

  it('stays as long as something else names it', async () => {
    await admin.put('models/fresh', {
      provider: 'sim',
      capabilities: ['generation'],
      contextWindow: 9000,
      price: 'free',
    });
    await admin.put('aliases/newest', 'fresh');
    const gone = await admin.remove('models/fresh');
    expect([gone.status, gone.body.error.message]).toEqual([
      409,
      expect.stringMatching(/`aliases\/newest\.model`: no model or alias is named "fresh"/),
    ]);
    expect((await admin.remove('models/chat')).body.error.message).toMatch(/stands in the configuration file/);
    await admin.remove('aliases/newest');
    expect((await admin.remove('models/fresh')).status).toBe(200);
  });

  it('puts a rule before another that it names, wherever that moves', async () => {
    const names = async (): Promise<string[]> =>
      (await admin.get('config')).body.routingRules.map(({ name }: { name: string }) => name);
    await admin.put('routing-rules/long', { when: { tokens: { gt: 500 } }, model: 'gold-chat' });
    await admin.put('routing-rules/short', { when: { tokens: { lt: 5 } }, model: 'chat' });
    expect(await names()).toEqual(['long', 'short']);
    await admin.patch('routing-rules/short', { before: 'long' });
    expect(await names()).toEqual(['short', 'long']);
    expect((await admin.get('routing-rules/short')).body.before).toBe('long');
    const loop = await admin.patch('routing-rules/long', { before: 'short' });
    expect([loop.status, loop.body.error.message]).toEqual([422, expect.stringContaining('stands above this one')]);
    expect((await admin.remove('routing-rules/long')).status).toBe(409);
  });

  it('has versions that are registered, promoted and retired', async () => {
    const versions = async (): Promise<unknown> => (await admin.get('models/chat/versions')).body;
    expect(await versions()).toEqual({
      data: [
        { name: 'v1', providerModel: 'chat-1', default: false },
        { name: 'v2', providerModel: 'chat-2', default: true },
      ],
      nextCursor: null,
    });
    const made = await admin.put('models/chat/versions/v3', { providerModel: 'chat-3', price: { perRequest: '2' } });
    expect([made.status, made.body]).toEqual([
      201,
      { name: 'v3', providerModel: 'chat-3', price: { perRequest: '2' }, default: false },
    ]);
    expect((await admin.put('models/chat/versions/v3', made.body)).status).toBe(200);
    expect((await ask({ modelId: 'chat', modelVersion: 'v3' })).body).toMatchObject({ modelVersion: 'v3' });
    expect((await ask({ modelId: 'chat' })).body).toMatchObject({ modelVersion: 'v2' });
    expect((await admin.post('models/chat/versions/v3/promote', undefined)).body.default).toBe(true);
    expect((await ask({ modelId: 'smart' })).body).toMatchObject({ modelVersion: 'v3' });
    const refused = await admin.remove('models/chat/versions/v3');
    expect([refused.status, refused.body.error.message]).toEqual([409, expect.stringContaining('promote another')]);
    const named = await admin.remove('models/chat/versions/v1');
    expect([named.status, named.body.error.message]).toEqual([
      422,
      expect.stringContaining('experiments.trial.arms.a'),
    ]);
    await admin.put('models/chat/versions/v0', {});
    expect((await admin.remove('models/chat/versions/v0')).body).toEqual({ name: 'v0', deleted: true });
    for (const path of ['models/chat/versions/v0', 'models/none/versions', 'models/none/versions/v1'])
      expect([path, (await admin.get(path)).status]).toEqual([path, 404]);
    expect((await admin.put('models/none/versions/v1', {})).status).toBe(404);
    const wrong = await admin.put('models/chat/versions/v4', { provider: 'nobody', contextWindow: 0 });
    expect([wrong.status, wrong.body.error.param]).toEqual([422, 'versions.v4.contextWindow']);
    expect(wrong.body.error.message).toContain('`versions.v4.provider`');
    const stale = await admin.put('models/chat/versions/v4', {}, { 'if-match': made.headers.get('etag') ?? '' });
    expect(stale.status).toBe(412);
  });
});
