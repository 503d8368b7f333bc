import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openAdmin, type Admin } from '../__fixtures__/admin.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

// Many requests in a test, on a machine that may be busy.
jest.setTimeout(30_000);

describe('entries of the control plane', () => {
  let api: TestApi;
  let admin: Admin;
  beforeEach(async () => {
    api = await startTestApi();
    admin = openAdmin(api);
  }, 60_000);
  afterEach(() => api.close());

  const history = (): Promise<Record<string, unknown>[]> =>
    admin.rows(`
      select collection, name, before, after, changed_by, request_id from configuration_changes order by id`);

  it('are made over the file, hold at once, and go back to the file', async () => {
    const made = await admin.put('budgets/acme-month', { tenant: 'acme', dailyLimit: '0.000001', onLimit: 'block' });
    expect([made.status, made.body]).toEqual([
      200,
      { name: 'acme-month', source: 'api', tenant: 'acme', dailyLimit: '0.000001', onLimit: 'block' },
    ]);
    const refused = await api.ask('/v1/jobs', { json: { type: 'generation', request: { prompt: 'Hi' } } });
    expect([refused.status, refused.body.error.budget]).toEqual([402, 'acme-month']);
    const back = await admin.remove('budgets/acme-month');
    expect([back.status, back.body]).toEqual([
      200,
      { name: 'acme-month', source: 'file', tenant: 'acme', monthlyLimit: '1000000' },
    ]);
    await api.submit();
    const only = await admin.remove('budgets/acme-month');
    expect([only.status, only.body.error.type, only.body.error.message]).toEqual([
      409,
      'conflict_error',
      expect.stringContaining('switchyard.yaml'),
    ]);
  });

  it('are created with 201, read, listed with a cursor, and deleted', async () => {
    for (const name of ['b', 'a', 'c/d', 'e']) {
      const { status, headers } = await admin.put(`budgets/${encodeURIComponent(name)}`, { dailyLimit: 5 });
      expect([status, headers.get('etag')]).toEqual([201, expect.stringMatching(/^"/)]);
    }
    expect((await admin.get('budgets/a')).body).toEqual({ name: 'a', dailyLimit: '5', source: 'api' });
    const first = (await admin.get('budgets?limit=2')).body;
    expect(first.data.map((each: { name: string }) => each.name)).toEqual(['a', 'acme-month']);
    const second = (await admin.get(`budgets?limit=3&cursor=${first.nextCursor}`)).body;
    expect([second.data.map((each: { name: string }) => each.name), second.nextCursor]).toEqual([
      ['b', 'c/d', 'e'],
      null,
    ]);
    expect((await admin.remove('budgets/a')).body).toEqual({ name: 'a', deleted: true });
    expect((await admin.get('budgets/a')).status).toBe(404);
    expect((await admin.remove('budgets/a')).status).toBe(404);
    expect((await admin.patch('budgets/a', { dailyLimit: '1' })).status).toBe(404);
  });

  it('are merged field by field, and null takes a field out', async () => {
    expect((await admin.patch('budgets/acme-month', { dailyLimit: '7', monthlyLimit: null })).body).toEqual({
      name: 'acme-month',
      source: 'api',
      tenant: 'acme',
      dailyLimit: '7',
    });
    expect((await admin.patch('budgets/acme-month', { dailyLimit: null })).status).toBe(422);
  });

  it('take what was answered back as it is', async () => {
    for (const path of ['budgets/acme-month', 'tenants/acme', 'keys/acme-app']) {
      const { body } = await admin.get(path);
      const { status, body: again } = await admin.put(path, body);
      expect([path, status, again]).toEqual([path, 200, { ...body, source: 'api' }]);
    }
    await api.submit();
  });

  it('are changed only as they were seen, where a client says so', async () => {
    const seen = await admin.etag('budgets/acme-month');
    const changes = await Promise.all(
      ['1', '2', '3', '4'].map((dailyLimit) => admin.put('budgets/acme-month', { dailyLimit }, { 'if-match': seen })),
    );
    expect(changes.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    const refused = changes.find(({ status }) => status === 412);
    expect(refused?.body.error).toMatchObject({ type: 'conflict_error', code: 'precondition_failed' });
    const now = await admin.etag('budgets/acme-month');
    for (const headers of [{ 'if-match': seen }, { 'if-match': `W/${now}` }, { 'if-match': '"other"' }]) {
      expect((await admin.patch('budgets/acme-month', { dailyLimit: '9' }, headers)).status).toBe(412);
      expect((await admin.remove('budgets/acme-month', headers)).status).toBe(412);
    }
    expect((await admin.put('budgets/none', { dailyLimit: '1' }, { 'if-match': '*' })).status).toBe(412);
    const create = { 'if-none-match': '*' };
    expect((await admin.put('budgets/acme-month', { dailyLimit: '1' }, create)).status).toBe(412);
    expect((await admin.put('budgets/fresh', { dailyLimit: '1' }, create)).status).toBe(201);
    expect((await admin.put('budgets/fresh', { dailyLimit: '1' }, { 'if-match': 'unquoted' })).status).toBe(400);
    expect((await admin.patch('budgets/acme-month', { dailyLimit: '9' }, { 'if-match': `"x", ${now}` })).status).toBe(
      200,
    );
    // A version never comes back, so that a tag never means two things.
    const old = await admin.etag('budgets/fresh');
    await admin.remove('budgets/fresh');
    await admin.put('budgets/fresh', { dailyLimit: '1' });
    expect(await admin.etag('budgets/fresh')).not.toBe(old);
  });

  it('are all kept in a history that nobody can change, without secrets', async () => {
    const webhookSecret = `whsec_${Buffer.from('canary of a webhook secret').toString('base64')}`;
    await admin.put('tenants/initech', { weight: 2, webhookSecret });
    await admin.patch('tenants/initech', { weight: 3 });
    await admin.remove('tenants/initech');
    const change = { collection: 'tenants', name: 'initech', changed_by: 'SWITCHYARD_ADMIN_KEY' };
    const shown = { name: 'initech', source: 'api', webhookSecret: '***' };
    expect(await history()).toEqual([
      { ...change, before: null, after: { ...shown, weight: 2 }, request_id: expect.stringMatching(/^req_/) },
      {
        ...change,
        before: expect.objectContaining({ weight: 2 }),
        after: { ...shown, weight: 3 },
        request_id: expect.any(String),
      },
      { ...change, before: expect.objectContaining({ weight: 3 }), after: null, request_id: expect.any(String) },
    ]);
    for (const statement of [
      `delete from configuration_changes`,
      `update configuration_changes set changed_by = 'x'`,
      `truncate configuration_changes`,
    ]) {
      await expect(admin.rows(statement)).rejects.toThrow('append only');
    }
    expect(JSON.stringify(await admin.rows('select body, secrets from configuration_entries'))).not.toContain(
      webhookSecret,
    );
  });

  it('are many, and each change stays quick', async () => {
    const budgets = Array.from({ length: 1_000 }, (_, index) => ({
      name: `budget-${index}`,
      dailyLimit: '5',
      tenant: 'acme',
    }));
    const { status } = await admin.put('config', { budgets });
    expect(status).toBe(200);
    expect((await admin.put('budgets/budget-500', { dailyLimit: '0.000001', tenant: 'acme' })).status).toBe(200);
    expect(
      (await api.ask('/v1/jobs', { json: { type: 'generation', request: { prompt: 'Hi' } } })).body.error.budget,
    ).toBe('budget-500');
    expect((await admin.get('budgets?limit=100')).body.data).toHaveLength(100);
  }, 30_000);
});
