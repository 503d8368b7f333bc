import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ProviderSettings } from '@switchyard/contract';
import { openAdmin, type Admin } from '../__fixtures__/admin.js';
import type { Answer } from '../__fixtures__/call-api.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

// Many requests in a test, on a machine that may be busy.
jest.setTimeout(60_000);

const CANARY = 'sk-canary-of-a-provider';

describe('secrets of providers', () => {
  let api: TestApi;
  let admin: Admin;
  beforeAll(async () => {
    api = await startTestApi();
    admin = openAdmin(api);
  }, 60_000);
  beforeEach(async () => {
    for (const name of ['vendor', 'own']) await admin.remove(`providers/${name}`);
  });
  afterAll(() => api.close());

  const settings = (name: string): ProviderSettings | undefined => api.app.configuration.current.providers.get(name);
  const refusal = ({ status, body }: Answer): unknown[] => [status, body.error?.param, body.error?.message];

  it('stay the file’s as long as they go to the same address', async () => {
    expect((await admin.patch('providers/vendor', { concurrency: 3 })).status).toBe(200);
    expect(settings('vendor')).toMatchObject({ concurrency: 3, apiKey: 'sk-vendor-secret-canary' });
    const put = { kind: 'openai', baseURL: 'https://vendor.example/v1', concurrency: 4 };
    expect((await admin.put('providers/vendor', put)).status).toBe(200);
    expect(settings('vendor')).toMatchObject({ concurrency: 4, apiKey: 'sk-vendor-secret-canary' });
  });

  it.each([
    ['PATCH', { baseURL: 'https://evil.example/v1' }],
    ['PATCH', { baseURL: null }],
    ['PATCH', { endpoint: 'https://evil.example' }],
    ['PATCH', { kind: 'groq' }],
    ['PATCH', { region: 'evil.example/' }],
    ['PATCH', { baseURL: 'https://evil.example/v1', apiKey: '***' }],
    ['PUT', { kind: 'openai', baseURL: 'https://evil.example/v1' }],
    ['PUT', { kind: 'openai', baseURL: 'https://evil.example/v1', apiKey: '***' }],
  ])('are asked for again by a %s of %j', async (method, body) => {
    const changed =
      method === 'PUT' ? await admin.put('providers/vendor', body) : await admin.patch('providers/vendor', body);
    expect(refusal(changed)).toEqual([422, 'apiKey', expect.stringMatching(/^`apiKey`: must come with this change/)]);
    expect(settings('vendor')?.baseURL).toBe('https://vendor.example/v1');
    const { status } = await admin.put('config', { providers: { vendor: { kind: 'openai', ...body } } });
    expect(status).toBe(422);
  });

  it('go to another address where they come with it, and the file’s never follow', async () => {
    const moved = await admin.patch('providers/vendor', { baseURL: 'https://other.example/v1', apiKey: CANARY });
    expect([moved.status, moved.text.includes(CANARY)]).toEqual([200, false]);
    expect(settings('vendor')).toMatchObject({ baseURL: 'https://other.example/v1', apiKey: CANARY });
    const stored = await admin.rows('select body, secrets from configuration_entries');
    const history = await admin.rows("select before, after from configuration_changes where name = 'vendor'");
    expect(JSON.stringify([stored, history])).not.toContain(CANARY);
    expect(history.at(-1)).toMatchObject({ after: { apiKey: '***' } });
    expect((await admin.get('config')).body.providers.vendor).toMatchObject({ apiKey: '***', source: 'api' });
    const emptied = await admin.patch('providers/vendor', { apiKey: null });
    expect(refusal(emptied)).toEqual([422, 'apiKey', expect.stringContaining('is missing')]);
    expect(settings('vendor')?.apiKey).toBe(CANARY);
    await admin.remove('providers/vendor');
    expect(settings('vendor')).toMatchObject({ apiKey: 'sk-vendor-secret-canary' });
  });

  it('are kept wherever they stand, by the names beside them', async () => {
    const keys = [
      { name: 'a', apiKey: `${CANARY}-a`, weight: 1 },
      { name: 'b', apiKey: `${CANARY}-b` },
    ];
    const made = await admin.put('providers/own', { kind: 'openai', keys });
    expect(made.body.keys).toEqual([{ name: 'a', weight: 1 }, { name: 'b' }]);
    const swapped = await admin.patch('providers/own', { keys: [{ name: 'b', weight: 2 }, { name: 'a' }] });
    expect(swapped.status).toBe(200);
    expect(settings('own')?.options['keys']).toEqual([
      { name: 'b', weight: 2, apiKey: `${CANARY}-b` },
      { name: 'a', apiKey: `${CANARY}-a` },
    ]);
    const fresh = await admin.patch('providers/own', { keys: [{ name: 'c' }] });
    expect(refusal(fresh)).toEqual([422, 'keys[0].apiKey', expect.any(String)]);
    const away = await admin.patch('providers/own', { baseURL: 'https://evil.example' });
    expect(refusal(away)).toEqual([422, 'keys[b].apiKey', expect.stringContaining('`keys[a].apiKey`')]);
  });

  it('of a token service go to no other, and its tokens nowhere else', async () => {
    const auth = { kind: 'oauth2_client_credentials', tokenUrl: 'https://id.example/token', clientId: 'me' };
    const own = { kind: 'custom', baseURL: 'https://models.example', auth: { ...auth, clientSecret: CANARY } };
    expect((await admin.put('providers/own', own)).status).toBe(201);
    expect((await admin.patch('providers/own', { auth: { scope: 'all' } })).body.auth).toEqual({
      ...auth,
      scope: 'all',
    });
    expect(settings('own')?.options['auth']).toEqual({ ...auth, scope: 'all', clientSecret: CANARY });
    for (const change of [{ auth: { tokenUrl: 'https://evil.example' } }, { baseURL: 'https://evil.example' }]) {
      expect(refusal(await admin.patch('providers/own', change))).toEqual([
        422,
        'auth.clientSecret',
        expect.stringContaining('must come with this change'),
      ]);
    }
    const google = { kind: 'google', useMetadata: true };
    expect((await admin.put('providers/own', { ...own, auth: google })).status).toBe(200);
    expect(refusal(await admin.patch('providers/own', { baseURL: 'https://evil.example' }))[1]).toBe('auth');
  });

  it('in headers of a mapping are masked by their names', async () => {
    const generate = (authorization: string): object => ({
      ...{ path: '/go', method: 'POST', headers: { authorization } },
      ...{ body: { prompt: '{{prompt}}' }, text: '/text' },
    });
    const own = { kind: 'custom', baseURL: 'https://models.example', mapping: { generate: generate('***') } };
    expect(refusal(await admin.put('providers/own', own))).toEqual([
      422,
      'mapping.generate.headers.authorization',
      expect.stringContaining('none is'),
    ]);
    const made = await admin.put('providers/own', { ...own, mapping: { generate: generate(CANARY) } });
    expect([made.status, made.body.mapping.generate.headers]).toEqual([201, { authorization: '***' }]);
    expect((await admin.put('providers/own', { ...made.body, concurrency: 2 })).status).toBe(200);
    expect(settings('own')?.mapping?.generate?.headers).toEqual({ authorization: CANARY });
    expect(JSON.stringify(await admin.rows('select body from configuration_entries'))).not.toContain(CANARY);
  });
});
