import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import type { Configuration } from '../configuration.js';
import { parseConfiguration } from '../parse-configuration.js';
import { openKeyDirectory, type KeyDirectory } from './key-directory.js';
import { createKeyHash } from './key-hash.js';
import { syncTenants } from './sync-tenants.js';

const SECRET = 'a secret of more than 32 bytes, for specs';
const OTHER_SECRET = 'another secret of more than 32 bytes, too';
const [ONE, TWO, THREE, ADMIN] = ['sk-one', 'sk-two', 'sk-three', 'sk-admin'].map(
  (name) => `${name}-0123456789abcdef`,
) as [string, string, string, string];

interface Key {
  readonly name: string;
  readonly key: string;
  readonly scopes?: readonly string[];
  readonly permissions?: readonly string[];
}

/** A configuration with these tenants and keys. */
function configuration(tenants: Readonly<Record<string, readonly Key[]>>, settings: object = {}): Configuration {
  const entries = Object.entries(tenants).map(([name, keys]) => [name, { ...settings, keys }]);
  return parseConfiguration(
    [{ file: 'spec.yaml', text: JSON.stringify({ tenants: Object.fromEntries(entries) }) }],
    {},
  );
}

describe('createKeyHash', () => {
  const hash = createKeyHash(SECRET);

  it('makes the same of the same, under the same secret', () => {
    expect(createKeyHash(SECRET)(ONE).equals(hash(ONE))).toBe(true);
    expect(hash(ONE)).toHaveLength(40);
    expect(hash(TWO).subarray(32)).toEqual(hash(ONE).subarray(32));
  });

  it('makes another of another key, and under another secret', () => {
    expect(hash(TWO).equals(hash(ONE))).toBe(false);
    const other = createKeyHash(OTHER_SECRET)(ONE);
    expect(other.subarray(0, 32).equals(hash(ONE).subarray(0, 32))).toBe(false);
    expect(other.subarray(32).equals(hash(ONE).subarray(32))).toBe(false);
  });
});

describe('keys in the database', () => {
  let test: TestDatabase;
  let directory: KeyDirectory;

  beforeAll(async () => {
    // Makes the template, which may take longer than a test.
    await (await createTestDatabase()).drop();
  }, 60_000);
  beforeEach(async () => {
    test = await createTestDatabase();
  }, 30_000);
  afterEach(async () => {
    await test.drop();
  }, 30_000);

  /** What a process does that starts with this file. */
  async function start(
    tenants: Readonly<Record<string, readonly Key[]>>,
    { adminKey = ADMIN, secret = SECRET }: { adminKey?: string | undefined; secret?: string } = {},
  ): Promise<string | undefined> {
    const made = await syncTenants(test.database, configuration(tenants), { secret, adminKey });
    directory = await openKeyDirectory(test.database, { secret });
    return made;
  }

  async function rows(text: string): Promise<Record<string, unknown>[]> {
    const pool = test.database.pool as { query(text: string): Promise<{ rows: Record<string, unknown>[] }> };
    return (await pool.query(text)).rows;
  }

  it('tells of a key whose it is and what it may', async () => {
    await start({
      acme: [{ name: 'app', key: ONE, permissions: ['premium'] }],
      globex: [{ name: 'ops', key: TWO, scopes: ['admin', 'jobs'] }],
    });
    expect(directory.authenticate(ONE)).toEqual({
      id: expect.any(Number),
      name: 'app',
      tenantId: directory.tenantId('acme'),
      tenant: 'acme',
      scopes: ['jobs'],
      permissions: ['premium'],
    });
    expect(directory.tenantName(directory.tenantId('acme') ?? 0)).toBe('acme');
    expect(directory.tenantName(-1)).toBeUndefined();
    expect(directory.authenticate(TWO)).toMatchObject({ tenant: 'globex', scopes: ['admin', 'jobs'], permissions: [] });
    expect(directory.authenticate(ADMIN)).toMatchObject({ tenant: 'default', scopes: ['admin'] });
  });

  it.each([
    '',
    'sk-',
    ONE.slice(0, -1),
    `${ONE}x`,
    ONE.toUpperCase(),
    THREE,
    "' or 1=1 --",
    '\u0000',
    'x'.repeat(1_000_000),
  ])('knows nobody of the key %.20j', async (key) => {
    await start({ acme: [{ name: 'app', key: ONE }] });
    expect(directory.authenticate(key)).toBeUndefined();
  });

  it('keeps nothing from which a key could be had', async () => {
    await start({ acme: [{ name: 'app', key: ONE }] });
    const text = JSON.stringify([
      await rows("select name, encode(hash, 'escape') as a, encode(hash, 'hex') as b from keys"),
      await rows('select * from tenants'),
    ]);
    for (const key of [ONE, ADMIN]) {
      for (const form of [key, Buffer.from(key).toString('hex'), Buffer.from(key).toString('base64')])
        expect(text).not.toContain(form);
    }
  });

  it('knows no key under another secret', async () => {
    await start({ acme: [{ name: 'app', key: ONE }] });
    const other = await openKeyDirectory(test.database, { secret: OTHER_SECRET });
    expect(other.authenticate(ONE)).toBeUndefined();
    expect(other.authenticate(ADMIN)).toBeUndefined();
  });

  it('hashes the keys of the file anew under a new secret', async () => {
    await start({ acme: [{ name: 'app', key: ONE }] });
    await start({ acme: [{ name: 'app', key: ONE }] }, { secret: OTHER_SECRET });
    expect(directory.authenticate(ONE)).toMatchObject({ name: 'app' });
    expect(directory.authenticate(ADMIN)).toMatchObject({ scopes: ['admin'] });
  });

  it('refuses a new secret under which nobody could open anything, and changes nothing', async () => {
    await start({ acme: [{ name: 'app', key: ONE }] });
    const before = await rows('select * from keys order by id');
    const tenants = configuration({ acme: [{ name: 'app', key: TWO }] });
    await expect(syncTenants(test.database, tenants, { secret: OTHER_SECRET })).rejects.toThrow(
      /^The secret \(SWITCHYARD_SECRET, .* is another one .*SWITCHYARD_SECRET_PREVIOUS .*SWITCHYARD_ADMIN_KEY/,
    );
    expect(await rows('select * from keys order by id')).toEqual(before);
  });

  it('takes a new secret with a new admin key, or where the file has one', async () => {
    await start({});
    await start({}, { secret: OTHER_SECRET, adminKey: TWO });
    expect([ADMIN, TWO].map((key) => directory.authenticate(key)?.scopes)).toEqual([undefined, ['admin']]);
    const tenants = configuration({ ops: [{ name: 'ops', key: ONE, scopes: ['admin'] }] });
    expect(await syncTenants(test.database, tenants, { secret: SECRET })).toBeUndefined();
  });

  it('moves a key to a new secret when it is used beside the previous one', async () => {
    await start({});
    const rotation = { secret: OTHER_SECRET, previousSecret: SECRET };
    expect(await syncTenants(test.database, configuration({}), rotation)).toBeUndefined();
    const rotating = await openKeyDirectory(test.database, rotation);
    expect(rotating.authenticate(ONE)).toBeUndefined();
    for (let moved = false; !moved;) {
      expect(rotating.authenticate(ADMIN)).toMatchObject({ scopes: ['admin'] });
      directory = await openKeyDirectory(test.database, { secret: OTHER_SECRET });
      moved = directory.authenticate(ADMIN) !== undefined;
    }
    expect(await syncTenants(test.database, configuration({}), { secret: OTHER_SECRET })).toBeUndefined();
    expect(rotating.authenticate(ADMIN)).toMatchObject({ scopes: ['admin'] });
  });

  it('changes nothing when it starts again with the same, or when many start at once', async () => {
    const tenants = {
      acme: [
        { name: 'app', key: ONE },
        { name: 'job', key: TWO },
      ],
    };
    await start(tenants);
    const before = await rows('select * from keys order by id');
    await start(tenants);
    await Promise.all(
      [1, 2, 3, 4].map(() => syncTenants(test.database, configuration(tenants), { secret: SECRET, adminKey: ADMIN })),
    );
    expect(await rows('select * from keys order by id')).toEqual(before);
  });

  it('revokes a key that the file has no longer, and takes it back when it has it again', async () => {
    await start({
      acme: [
        { name: 'app', key: ONE },
        { name: 'job', key: TWO },
      ],
    });
    const { id } = directory.authenticate(ONE) ?? {};
    await start({ acme: [{ name: 'job', key: TWO }] });
    expect(directory.authenticate(ONE)).toBeUndefined();
    expect(directory.authenticate(TWO)).toMatchObject({ name: 'job' });
    await start({ acme: [{ name: 'app', key: ONE }] });
    expect(directory.authenticate(ONE)).toMatchObject({ id, name: 'app' });
    expect(directory.authenticate(TWO)).toBeUndefined();
  });

  it('follows a key that is renamed', async () => {
    await start({ acme: [{ name: 'app', key: ONE }] });
    await start({ acme: [{ name: 'application', key: ONE }] });
    expect(directory.authenticate(ONE)).toMatchObject({ name: 'application' });
    expect(await rows("select revoked_at is null as valid from keys where name = 'app'")).toEqual([{ valid: false }]);
  });

  it('follows keys that swap their values, or move in a circle', async () => {
    await start({
      acme: [
        { name: 'a', key: ONE },
        { name: 'b', key: TWO },
        { name: 'c', key: THREE },
      ],
    });
    await start({
      acme: [
        { name: 'a', key: TWO },
        { name: 'b', key: ONE },
        { name: 'c', key: THREE },
      ],
    });
    expect([ONE, TWO, THREE].map((key) => directory.authenticate(key)?.name)).toEqual(['b', 'a', 'c']);
    await start({
      acme: [
        { name: 'a', key: ONE },
        { name: 'b', key: THREE },
        { name: 'c', key: TWO },
      ],
    });
    expect([ONE, TWO, THREE].map((key) => directory.authenticate(key)?.name)).toEqual(['a', 'c', 'b']);
  });

  it('follows a key to another tenant, and to other rights', async () => {
    await start({ acme: [{ name: 'app', key: ONE, permissions: ['premium'] }] });
    await start({ globex: [{ name: 'app', key: ONE, scopes: ['admin'] }] });
    expect(directory.authenticate(ONE)).toMatchObject({ tenant: 'globex', scopes: ['admin'], permissions: [] });
    expect(directory.tenantId('acme')).toEqual(expect.any(Number));
  });

  it('gives a key a new value, and forgets the old one', async () => {
    await start({ acme: [{ name: 'app', key: ONE }] });
    await start({ acme: [{ name: 'app', key: TWO }] });
    expect([ONE, TWO].map((key) => directory.authenticate(key)?.name)).toEqual([undefined, 'app']);
  });

  it('forgets an admin key that was changed', async () => {
    await start({});
    await start({}, { adminKey: THREE });
    expect([ADMIN, THREE].map((key) => directory.authenticate(key)?.scopes)).toEqual([undefined, ['admin']]);
  });

  it('keeps the admin key where the environment names none any more', async () => {
    await start({});
    expect(await syncTenants(test.database, configuration({}), { secret: SECRET })).toBeUndefined();
    directory = await openKeyDirectory(test.database, { secret: SECRET });
    expect(directory.authenticate(ADMIN)).toMatchObject({ scopes: ['admin'] });
  });

  it('makes an admin key where nobody has one, once', async () => {
    const tenants = configuration({ acme: [{ name: 'app', key: ONE }] });
    const made = await Promise.all([1, 2, 3].map(() => syncTenants(test.database, tenants, { secret: SECRET })));
    const [key, ...others] = made.filter((each) => each !== undefined);
    expect([key, others]).toEqual([expect.stringMatching(/^sk-[\w-]{43}$/), []]);
    directory = await openKeyDirectory(test.database, { secret: SECRET });
    expect(directory.authenticate(String(key))).toMatchObject({ tenant: 'default', scopes: ['admin'] });
  });

  it('makes one too where the only one has become an ordinary key', async () => {
    await start({});
    const made = await syncTenants(test.database, configuration({ acme: [{ name: 'app', key: ADMIN }] }), {
      secret: SECRET,
    });
    directory = await openKeyDirectory(test.database, { secret: SECRET });
    expect(directory.authenticate(ADMIN)).toMatchObject({ name: 'app', scopes: ['jobs'] });
    expect(directory.authenticate(String(made))).toMatchObject({ scopes: ['admin'] });
  });

  it('makes none where the file has one', async () => {
    const tenants = configuration({ ops: [{ name: 'ops', key: ONE, scopes: ['admin'] }] });
    expect(await syncTenants(test.database, tenants, { secret: SECRET })).toBeUndefined();
  });

  it.each([
    [
      'has the value of a key in the file',
      { acme: [{ name: 'app', key: ADMIN }] },
      'The key app in the configuration has the same value as SWITCHYARD_ADMIN_KEY. Give each its own.',
    ],
    [
      'has its name in the file',
      { acme: [{ name: 'SWITCHYARD_ADMIN_KEY', key: ONE }] },
      'The key SWITCHYARD_ADMIN_KEY in the configuration has the name that is kept for SWITCHYARD_ADMIN_KEY. Give each its own.',
    ],
  ])('refuses an admin key that %s, and changes nothing', async (_name, tenants, message) => {
    await start({ globex: [{ name: 'old', key: TWO }] });
    await expect(start(tenants)).rejects.toThrow(message);
    await directory.reload();
    expect(directory.authenticate(TWO)).toMatchObject({ name: 'old' });
  });

  it('is refused two keys of one value by the configuration', () => {
    expect(() => configuration({ acme: [{ name: 'a', key: ONE }], globex: [{ name: 'b', key: ONE }] })).toThrow(
      /tenants/,
    );
    expect(() => configuration({ acme: [{ name: 'a', key: ONE }], globex: [{ name: 'a', key: TWO }] })).toThrow(
      /tenants/,
    );
  });

  it('knows the tenants of the file, and how they are to be treated', async () => {
    await syncTenants(test.database, configuration({ acme: [] }, { weight: 3, storePrompts: false }), {
      secret: SECRET,
      adminKey: ADMIN,
    });
    expect(await rows('select name, weight, store_prompts from tenants order by name')).toEqual([
      { name: 'acme', weight: 3, store_prompts: false },
      { name: 'default', weight: 1, store_prompts: true },
    ]);
    directory = await openKeyDirectory(test.database, { secret: SECRET });
    expect([directory.tenantId('acme'), directory.tenantId('nobody'), directory.tenantId('__proto__')]).toEqual([
      expect.any(Number),
      undefined,
      undefined,
    ]);
  });

  it('sees what another process changed once it reads again', async () => {
    await start({ acme: [{ name: 'app', key: ONE }] });
    const before = directory;
    await start({});
    expect(before.authenticate(ONE)).toBeDefined();
    await before.reload();
    expect(before.authenticate(ONE)).toBeUndefined();
  });
});
