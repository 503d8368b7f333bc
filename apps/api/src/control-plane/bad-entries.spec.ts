import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openAdmin, type Admin } from '../__fixtures__/admin.js';
import { KEYS } from '../__fixtures__/configuration.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

describe('entries that are not as they must be', () => {
  let api: TestApi;
  let admin: Admin;
  beforeAll(async () => {
    api = await startTestApi();
    admin = openAdmin(api);
  }, 60_000);
  afterAll(() => api.close());

  it.each(['a/b', '%2F', 'a%b', '?q=1#x', '__proto__', 'constructor', 'toString', '..%2f', 'ü'.normalize()])(
    'keep the name %j as it is, or refuse it',
    async (name) => {
      const path = `budgets/${encodeURIComponent(name)}`;
      const { status, body } = await admin.put(path, { dailyLimit: '5' });
      if (name === 'ü') {
        expect([status, body.error.param]).toEqual([422, 'name']);
        return;
      }
      expect([status, body.name]).toEqual([201, name]);
      expect((await admin.get(path)).body.name).toBe(name);
      expect((await admin.get(`${path}/usage`)).body.name).toBe(name);
      expect((await admin.remove(path)).body).toEqual({ name, deleted: true });
      expect((await admin.get(path)).status).toBe(404);
    },
  );

  it.each([
    [{}, null, /limits nothing/],
    [{ dailyLimit: '-1' }, 'dailyLimit', /more than 0/],
    [{ dailyLimit: '0' }, 'dailyLimit', /more than 0/],
    [{ dailyLimit: '1e9999' }, 'dailyLimit', /decimal amount/],
    [{ dailyLimit: '10,00' }, 'dailyLimit', /decimal amount/],
    [{ dailyLimit: '1000000001' }, 'dailyLimit', /at most a billion/],
    [{ dailyLimit: 123456789.12345679 }, 'dailyLimit', /decimal amount/],
    [{ dailyLimit: { amount: 1 } }, 'dailyLimit', /decimal amount/],
    [{ dailyLimit: '1', timeZone: 'Mars/Olympus' }, 'timeZone', /IANA/],
    [{ dailyLimit: '1', tenant: 'acmee' }, 'tenant', /did you mean acme\?/],
    [{ dailyLimit: '1', key: 'nobody' }, 'key', /no key is named "nobody"/],
    [{ dailyLimit: '1', model: '\u0000' }, 'model', /no model is named/],
    [{ dailyLimit: '1', model: '\ud800' }, 'model', /no model is named/],
    [{ dailyLimit: '1', name: 'other' }, 'name', /as the path says/],
    [{ dailyLimit: '1', nonsense: 1 }, 'nonsense', /unknown field/],
    [JSON.parse('{"dailyLimit":"1","__proto__":{"tenant":"acme"}}'), '__proto__', /unknown field/],
    [{ dailyLimit: '1', constructor: 1 }, 'constructor', /unknown field/],
    [[], null, /JSON object/],
    ['text', null, /JSON object/],
    [{ dailyLimit: JSON.parse('['.repeat(500) + ']'.repeat(500)) }, null, /nested too deeply/],
  ])('refuse the budget %j', async (json, param, message) => {
    const { status, body } = await admin.put('budgets/new', json);
    expect([status, body.error.param, body.error.message]).toEqual([422, param, expect.stringMatching(message)]);
    expect((await admin.get('budgets/new')).status).toBe(404);
    expect(await admin.rows("select from configuration_changes where name = 'new'")).toEqual([]);
  });

  it('are told of in whole sentences', async () => {
    const message = async (path: string, json: object): Promise<string> =>
      (await admin.put(path, json)).body.error.message;
    expect(await message('budgets/new', { dailyLimit: '1', tenant: 'nobody' })).toBe(
      '`tenant`: no tenant is named "nobody".',
    );
    expect(await message('tenants/new', { weight: 0, storePrompts: 1 })).toBe(
      '`weight`: must be more than 0; `storePrompts`: must be true or false.',
    );
    expect((await admin.get('budgets/none')).body.error.message).toMatch(/^There is no budget "none"/);
  });

  it('name all faults of a key that belongs to nobody, and the key whose text is taken', async () => {
    const nobody = await admin.put('keys/a%0Ab', { tenant: 'nobody', scopes: ['root'] });
    expect([nobody.status, nobody.body.error.param]).toEqual([422, 'tenant']);
    for (const field of ['tenant', 'name', 'scopes[0]']) expect(nobody.body.error.message).toContain(`\`${field}\`: `);
    const twin = await admin.put('keys/twin', { tenant: 'acme', key: KEYS.globex });
    expect([twin.status, twin.body.error.param, twin.body.error.message]).toEqual([
      422,
      'key',
      '`key`: is the same as tenants.globex.keys[0].key; each key must be its own.',
    ]);
  });

  it('name all faults at once', async () => {
    const { body } = await admin.put('budgets/new', { dailyLimit: '-1', timeZone: 'x', tenant: 'no', nonsense: true });
    for (const field of ['dailyLimit', 'timeZone', 'tenant', 'nonsense'])
      expect(body.error.message).toContain(`\`${field}\``);
  });
});
