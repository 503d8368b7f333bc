import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openAdmin, type Admin } from '../__fixtures__/admin.js';
import { KEYS } from '../__fixtures__/configuration.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

// Many requests in a test, on a machine that may be busy.
jest.setTimeout(30_000);

describe('keys and tenants of the control plane', () => {
  let api: TestApi;
  let admin: Admin;
  beforeEach(async () => {
    api = await startTestApi();
    admin = openAdmin(api);
  }, 60_000);
  afterEach(() => api.close());

  const statusOf = async (key: string): Promise<number> => (await api.ask('/v1/jobs', { key })).status;

  it('are made, shown once, used, and revoked', async () => {
    const made = await admin.post('keys', { name: 'ci', tenant: 'acme', permissions: ['premium'] });
    expect([made.status, made.headers.get('location')]).toEqual([201, '/v1/admin/keys/ci']);
    const { key, ...shown } = made.body;
    expect(key).toMatch(/^sk-[\w-]{43}$/);
    expect(shown).toEqual({ name: 'ci', tenant: 'acme', permissions: ['premium'], source: 'api' });
    for (const path of ['keys/ci', 'keys', 'config']) expect((await admin.get(path)).text).not.toContain(key);
    expect((await admin.get('keys/ci')).body).toEqual(shown);
    expect(await statusOf(key)).toBe(200);
    expect((await api.ask('/v1/models/premium-chat', { key })).status).toBe(200);
    expect((await api.ask('/v1/admin/jobs', { key })).status).toBe(403);
    const kept = await admin.rows(
      'select (select json_agg(k) from keys k)::text || (select json_agg(e) from configuration_entries e)::text || (select json_agg(c) from configuration_changes c)::text as all',
    );
    expect(JSON.stringify(kept)).not.toContain(key);
    expect(api.log()).not.toContain(key);
    expect((await admin.remove('keys/ci')).body).toEqual({ name: 'ci', deleted: true });
    expect(await statusOf(key)).toBe(401);
    expect((await admin.post('keys', { name: 'ci', tenant: 'acme' })).body.key).not.toBe(key);
    expect(await statusOf(key)).toBe(401);
  });

  it('keep what the key is while its rights change, and change it where another is given', async () => {
    const { body } = await admin.put('keys/ci', { tenant: 'acme' });
    expect((await admin.patch('keys/ci', { tenant: 'globex', scopes: ['jobs'] })).body).not.toHaveProperty('key');
    expect(await statusOf(body.key)).toBe(200);
    const chosen = 'sk-chosen-0123456789abcdef';
    await admin.patch('keys/ci', { key: chosen });
    expect([await statusOf(body.key), await statusOf(chosen)]).toEqual([401, 200]);
    // Of the file's, too: the value stays the file's until another is given, and is so again afterwards.
    await admin.patch('keys/acme-app', { scopes: [] });
    expect(await statusOf(KEYS.acme)).toBe(403);
    const other = 'sk-other-0123456789abcdef';
    await admin.put('keys/acme-app', { tenant: 'acme', key: other });
    expect([await statusOf(KEYS.acme), await statusOf(other)]).toEqual([401, 200]);
    await admin.remove('keys/acme-app');
    expect([await statusOf(KEYS.acme), await statusOf(other)]).toEqual([200, 401]);
  });

  it('cannot go while something names them', async () => {
    await admin.put('tenants/initech', { weight: 2 });
    const { body: key } = await admin.post('keys', { name: 'ci', tenant: 'initech' });
    await admin.put('budgets/of-ci', { key: 'ci', dailyLimit: '5' });
    await admin.put('budgets/of-initech', { tenant: 'initech', dailyLimit: '5' });
    const refused = await admin.remove('tenants/initech');
    expect([refused.status, refused.body.error.type]).toEqual([409, 'conflict_error']);
    expect(refused.body.error.message).toMatch(/budgets\/of-initech\.tenant.*no tenant/);
    expect(refused.body.error.message).toMatch(/keys\/ci\.tenant.*no tenant/);
    expect((await admin.remove('keys/ci')).body.error.message).toMatch(/budgets\/of-ci\.key.*no key is named "ci"/);
    expect(await statusOf(key.key)).toBe(200);
    for (const path of ['budgets/of-ci', 'budgets/of-initech', 'keys/ci', 'tenants/initech'])
      expect((await admin.remove(path)).status).toBe(200);
    const asInitech = await api.ask('/v1/jobs', { key: KEYS.admin, headers: { 'x-tenant': 'initech' } });
    expect([asInitech.status, asInitech.body.error.param]).toEqual([422, 'x-tenant']);
  });

  it('of a tenant decide at once, by its row', async () => {
    await admin.put('tenants/acme', { weight: 7, storePrompts: false });
    expect(await admin.rows("select weight, store_prompts, source from tenants where name = 'acme'")).toEqual([
      { weight: 7, store_prompts: false, source: 'api' },
    ]);
    expect(await statusOf(KEYS.acme)).toBe(200);
    await admin.remove('tenants/acme');
    expect(await admin.rows("select weight, store_prompts, source from tenants where name = 'acme'")).toEqual([
      { weight: 1, store_prompts: true, source: 'file' },
    ]);
  });

  it('never show a webhook secret, and keep it until another is given', async () => {
    const webhookSecret = `whsec_${Buffer.from('canary of a secret').toString('base64')}`;
    await admin.put('tenants/initech', { webhookSecret });
    await admin.put('tenants/initech', { weight: 3 });
    expect(api.app.configuration.current.tenants.get('initech')).toMatchObject({ weight: 3, webhookSecret });
    expect((await admin.get('tenants/initech')).body).toEqual({ name: 'initech', weight: 3, source: 'api' });
    expect((await admin.get('config')).body.tenants.initech.webhookSecret).toBe('***');
    await admin.patch('tenants/initech', { webhookSecret: null });
    expect(api.app.configuration.current.tenants.get('initech')).not.toHaveProperty('webhookSecret');
  });
});

describe('keys and tenants that are not as they must be', () => {
  let api: TestApi;
  let admin: Admin;
  beforeAll(async () => {
    api = await startTestApi();
    admin = openAdmin(api);
  }, 60_000);
  afterAll(() => api.close());

  it.each([
    ['post', 'keys', { tenant: 'acme' }, 422, 'name'],
    ['post', 'keys', { name: 'a b', tenant: 'acme' }, 422, 'name'],
    ['post', 'keys', { name: 'acme-app', tenant: 'acme' }, 409, 'name'],
    ['post', 'keys', { name: 'ci' }, 422, 'tenant'],
    ['post', 'keys', { name: 'ci', tenant: 'nobody' }, 422, 'tenant'],
    ['post', 'keys', { name: 'ci', tenant: 7 }, 422, 'tenant'],
    ['post', 'keys', { name: 'ci', tenant: 'acme', scopes: ['root'] }, 422, 'scopes[0]'],
    ['post', 'keys', { name: 'ci', tenant: 'acme', key: 'short' }, 422, 'key'],
    ['post', 'keys', { name: 'ci', tenant: 'acme', key: 17 }, 422, 'key'],
    ['post', 'keys', { name: 'ci', tenant: 'acme', key: KEYS.admin }, 422, 'key'],
    ['post', 'keys', { name: 'ci', tenant: 'acme', key: KEYS.acme }, 422, 'key'],
    ['post', 'keys', { name: 'SWITCHYARD_ADMIN_KEY', tenant: 'acme' }, 422, 'name'],
    ['post', 'keys', { name: 'ci', tenant: 'acme', webhookSecret: 'x' }, 422, 'webhookSecret'],
    ['put', 'tenants/a b', {}, 422, 'name'],
    ['put', 'tenants/__proto__', {}, 422, 'name'],
    ['put', 'tenants/initech', { weight: 0 }, 422, 'weight'],
    ['put', 'tenants/initech', { weight: '1' }, 422, 'weight'],
    ['put', 'tenants/initech', { keys: [] }, 422, 'keys'],
    ['put', 'tenants/initech', { webhookSecret: 'canary-of-a-secret' }, 422, 'webhookSecret'],
  ] as const)('are refused: %s %s %j', async (method, path, json, status, param) => {
    const before = await admin.rows('select * from keys order by id');
    const answer = await admin[method](path, json);
    expect([answer.status, answer.body.error.param]).toEqual([status, param]);
    expect(answer.text).not.toMatch(/canary|0123456789abcdef/);
    expect(await admin.rows('select * from keys order by id')).toEqual(before);
  });
});

describe('the last key of scope admin', () => {
  it('cannot be taken away', async () => {
    const admins = `
tenants:
  ops: { keys: [{ name: ops, key: ${KEYS.admin}, scopes: [admin] }] }
`;
    const api = await startTestApi({ configuration: admins, env: { SWITCHYARD_ADMIN_KEY: '' } });
    try {
      const admin = openAdmin(api);
      const refused = await admin.patch('keys/ops', { scopes: ['jobs'] });
      expect([refused.status, refused.body.error.message]).toEqual([
        409,
        expect.stringContaining('no key of scope admin'),
      ]);
      await admin.post('keys', { name: 'second', tenant: 'ops', scopes: ['admin'] });
      expect((await admin.patch('keys/ops', { scopes: ['jobs'] })).status).toBe(200);
      expect((await admin.get('keys')).status).toBe(403);
    } finally {
      await api.close();
    }
  }, 60_000);
});
