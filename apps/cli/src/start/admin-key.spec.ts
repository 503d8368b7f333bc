import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from '@switchyard/database';
import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFirstAdminKey, markAdminKeyMade } from './admin-key.js';

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

const make = (embedded: boolean) => makeFirstAdminKey({ databaseUrl: test.url, dataDirectory, embedded });

/** As the API does at its start. */
async function keepKey(): Promise<void> {
  await test.database.query(sql`insert into tenants (name, source) values ('default', 'environment')`);
  await test.database.query(sql`
    insert into keys (tenant_id, name, hash, scopes, permissions, source)
    select id, 'SWITCHYARD_ADMIN_KEY', 'hash', '{admin}', '{}', 'environment' from tenants`);
}

describe('makeFirstAdminKey', () => {
  it('makes one where there is none, of 32 random bytes', async () => {
    const keys = await Promise.all([make(true), make(false)]);
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(key).toMatch(/^sk-[\w-]{43}$/);
  });

  it('makes none where one was made and shown', async () => {
    await keepKey();
    await markAdminKeyMade(dataDirectory);
    expect(await make(true)).toBeUndefined();
  });

  it('makes another in a database of its own when the first was never shown, and in no other', async () => {
    await keepKey();
    expect(await make(true)).toBeDefined();
    expect(await make(false)).toBeUndefined();
  });
});
