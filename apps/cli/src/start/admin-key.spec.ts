import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { syncTenants } from '@switchyard/config';
import { loadConfiguration } from '@switchyard/config/launch';
import { sql } from '@switchyard/database';
import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFirstAdminKey, markAdminKeyKnown } from './admin-key.js';

const SECRET = 'a secret of more than 32 bytes, for specs';
const OTHER_SECRET = 'another secret of more than 32 bytes, too';

let test: TestDatabase;
let dataDirectory: string;

beforeAll(async () => {
  test = await createTestDatabase();
}, 30_000);

beforeEach(async () => {
  await test.database.query(sql`truncate tenants, keys cascade`);
  dataDirectory = await mkdtemp(join(tmpdir(), 'admin-key-'));
});

afterAll(async () => {
  await rm(dataDirectory, { recursive: true, force: true });
  await test.drop();
}, 20_000);

interface Given {
  readonly embedded: boolean;
  readonly secret?: string;
  readonly previousSecret?: string;
  readonly fileHasOne?: boolean;
}

const make = ({ embedded, secret = SECRET, previousSecret, fileHasOne = false }: Given) =>
  makeFirstAdminKey({
    ...{ databaseUrl: test.url, dataDirectory, embedded, fileHasOne },
    secrets: { secret, previousSecret },
  });

/** As the API does at its start. */
async function keepKey(): Promise<void> {
  const configuration = await loadConfiguration({ path: join(dataDirectory, 'none.yaml'), explicit: false, env: {} });
  await syncTenants(test.database, configuration, { secret: SECRET, adminKey: 'sk-admin-0123456789abcdef' });
}

describe('makeFirstAdminKey', () => {
  it('makes one where there is none, of 32 random bytes', async () => {
    const keys = await Promise.all([make({ embedded: true }), make({ embedded: false })]);
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(key).toMatch(/^sk-[\w-]{43}$/);
  });

  it('makes none where the operator has one', async () => {
    await keepKey();
    await markAdminKeyKnown(dataDirectory);
    expect(await make({ embedded: true })).toBeUndefined();
  });

  it('makes another in a database of its own when the first was never shown, and in no other', async () => {
    await keepKey();
    expect(await make({ embedded: true })).toBeDefined();
    expect(await make({ embedded: false })).toBeUndefined();
  });

  it('refuses a secret under which the one there opens nothing, and names the file of the old one', async () => {
    await keepKey();
    await markAdminKeyKnown(dataDirectory);
    const refusal =
      /^The secret \(SWITCHYARD_SECRET, .* is another one .*SWITCHYARD_SECRET_PREVIOUS .*SWITCHYARD_ADMIN_KEY/;
    for (const embedded of [true, false]) {
      await expect(make({ embedded, secret: OTHER_SECRET })).rejects.toThrow(refusal);
    }
    const path = join(dataDirectory, 'secret');
    await writeFile(path, `${SECRET}\n`);
    await expect(make({ embedded: true, secret: OTHER_SECRET })).rejects.toThrow(path);
    await writeFile(path, `${OTHER_SECRET}\n`);
    await expect(make({ embedded: true, secret: OTHER_SECRET })).rejects.not.toThrow(path);
  });

  it('takes it while the old one is named, or where the file has an admin key', async () => {
    await keepKey();
    await markAdminKeyKnown(dataDirectory);
    expect(await make({ embedded: true, secret: OTHER_SECRET, previousSecret: SECRET })).toBeUndefined();
    expect(await make({ embedded: true, secret: OTHER_SECRET, fileHasOne: true })).toBeUndefined();
  });
});
