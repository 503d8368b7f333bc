import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openAdmin, type Admin } from '../__fixtures__/admin.js';
import { KEYS } from '../__fixtures__/configuration.js';
import { SECRET, startTestApi, type TestApi } from '../__fixtures__/test-api.js';

const NEXT = 'the secret that comes next, of 32 bytes or more';
const WEBHOOK_SECRET = `whsec_${Buffer.from('a secret of a webhook').toString('base64')}`;

describe('the rotation of SWITCHYARD_SECRET', () => {
  let first: TestApi;
  let admin: Admin;
  beforeAll(async () => {
    first = await startTestApi();
    admin = openAdmin(first);
  }, 60_000);
  afterAll(() => first.close());

  /** An API that starts over the same database with these secrets. */
  async function restart<Result>(env: NodeJS.ProcessEnv, use: (api: TestApi) => Promise<Result>): Promise<Result> {
    const api = await startTestApi({ beside: first, env });
    try {
      return await use(api);
    } finally {
      await api.close();
    }
  }
  const statuses = async (api: TestApi, keys: readonly string[]): Promise<number[]> => {
    const answers = await Promise.all(keys.map((key) => api.ask('/v1/jobs', { key })));
    return answers.map(({ status }) => status);
  };
  const webhookSecret = (api: TestApi): string | undefined =>
    api.app.configuration.current.tenants.get('initech')?.webhookSecret;
  /** What the database has of the keys that were made and of the secret. */
  const kept = async (): Promise<string> =>
    JSON.stringify(
      await admin.rows(`
        select (select json_agg(encode(hash, 'hex') order by name) from keys where source = 'api') as hashes,
               (select json_agg(secrets order by name) from configuration_entries where collection = 'tenants') as secrets`),
    );

  it('takes keys and secrets along, from the first start to the last', async () => {
    await admin.put('tenants/initech', { webhookSecret: WEBHOOK_SECRET });
    const made = await Promise.all(
      ['one', 'two'].map(async (name) => (await admin.post('keys', { name, tenant: 'initech' })).body.key as string),
    );
    const keys = [KEYS.admin, KEYS.acme, ...made];
    expect(await statuses(first, keys)).toEqual([200, 200, 200, 200]);
    const before = await kept();

    await restart({ SWITCHYARD_SECRET: NEXT, SWITCHYARD_SECRET_PREVIOUS: SECRET }, async (api) => {
      expect(webhookSecret(api)).toBe(WEBHOOK_SECRET);
      // A key is hashed anew behind the answer.
      const names = (): Promise<Record<string, unknown>[]> =>
        admin.rows('select distinct substring(hash from 33) as secret from keys where revoked_at is null');
      do expect(await statuses(api, keys)).toEqual([200, 200, 200, 200]);
      while ((await names()).length > 1);
      // What the same key would be under the previous secret is known too.
      const twin = await openAdmin(api).post('keys', { name: 'three', tenant: 'initech', key: made[0] });
      expect([twin.status, twin.body.error.param]).toEqual([422, 'key']);
    });
    const after = await kept();
    expect(after).not.toBe(before);

    await restart({ SWITCHYARD_SECRET: NEXT }, async (api) => {
      expect(await statuses(api, keys)).toEqual([200, 200, 200, 200]);
      expect(webhookSecret(api)).toBe(WEBHOOK_SECRET);
    });
    expect(await kept()).toBe(after);
  }, 60_000);

  it('that was forgotten is told at the start, with the entry and what to do', async () => {
    const other = 'a third secret that nobody has told, of 32 bytes';
    await expect(restart({ SWITCHYARD_SECRET: other }, async () => undefined)).rejects.toThrow(
      /^overlay: tenants\/initech, webhookSecret: was encrypted under another SWITCHYARD_SECRET; .*PREVIOUS/,
    );
  }, 30_000);
});
