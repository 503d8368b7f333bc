import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openAdmin, type Admin } from '../__fixtures__/admin.js';
import { CONFIGURATION } from '../__fixtures__/configuration.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

// Many requests in a test, on a machine that may be busy.
jest.setTimeout(30_000);

describe('the configuration of several processes', () => {
  let api: TestApi;
  let admin: Admin;
  beforeEach(async () => {
    api = await startTestApi();
    admin = openAdmin(api);
  }, 60_000);
  afterEach(() => api.close());

  it('is changed in each of them, and kept over a restart', async () => {
    const other = await startTestApi({ beside: api });
    try {
      await admin.put('budgets/acme-month', { tenant: 'acme', dailyLimit: '0.000001' });
      const { body: key } = await admin.post('keys', { name: 'ci', tenant: 'globex' });
      const inForce = async (): Promise<boolean> =>
        (await openAdmin(other).get('budgets/acme-month')).body.source === 'api' &&
        (await other.ask('/v1/jobs', { key: key.key })).status === 200;
      while (!(await inForce()));
      await openAdmin(other).remove('keys/ci');
      expect((await other.ask('/v1/jobs', { key: key.key })).status).toBe(401);
      while ((await api.ask('/v1/jobs', { key: key.key })).status !== 401);
    } finally {
      await other.close();
    }
    const again = await startTestApi({ beside: api });
    try {
      expect((await openAdmin(again).get('budgets/acme-month')).body).toMatchObject({
        source: 'api',
        dailyLimit: '0.000001',
      });
      expect((await again.ask('/v1/jobs', { json: { type: 'generation', request: { prompt: 'Hi' } } })).status).toBe(
        402,
      );
    } finally {
      await again.close();
    }
  }, 30_000);

  it('loses no change of processes that race', async () => {
    const other = await startTestApi({ beside: api });
    try {
      const changes = Array.from({ length: 12 }, (_, index) =>
        openAdmin(index % 2 === 0 ? api : other).put(`budgets/race-${index}`, { dailyLimit: '5' }),
      );
      expect((await Promise.all(changes)).map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 201));
      const [row] = await admin.rows(
        `select count(*)::integer as count from budgets where removed_at is null and name like 'race-%'`,
      );
      expect(row?.count).toBe(12);
    } finally {
      await other.close();
    }
  }, 30_000);

  it('refuses to start where the file has changed under what was changed, and lets no limit go', async () => {
    await admin.put('budgets/for globex'.replace(' ', '-'), { tenant: 'globex', dailyLimit: '5' });
    const configuration = CONFIGURATION.replace(/ {2}globex:\n.*\n/, '');
    await expect(startTestApi({ beside: api, configuration })).rejects.toThrow(
      /^overlay: budgets\/for-globex, tenant: no tenant is named "globex".*\n.*overlay drop budgets\/for-globex$/,
    );
    const [row] = await admin.rows(`select name from budgets where name = 'for-globex' and removed_at is null`);
    expect(row).toBeDefined();
  }, 30_000);
});
