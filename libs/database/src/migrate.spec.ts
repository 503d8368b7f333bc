import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from './index.js';
import { migrateDatabase } from './migrate.js';
import { createTestDatabase, type TestDatabase } from './testing.js';

let test: TestDatabase;
let directory: string;

async function write(name: string, script: string): Promise<void> {
  await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, name, 'migration.sql'), script);
}

const migrate = () => migrateDatabase({ url: test.url, directory });

beforeAll(async () => {
  test = await createTestDatabase();
}, 30_000);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  await test.database.query(sql`drop schema public cascade`);
  await test.database.query(sql`create schema public`);
  await write('1_one', 'create table one (id int); insert into one values (1);');
  await write('2_two', 'alter table one add column name text;');
});

afterEach(() => rm(directory, { recursive: true }));

afterAll(() => test.drop(), 20_000);

describe('migrateDatabase', () => {
  it('applies what is missing in order, as Prisma records it, and nothing twice', async () => {
    expect(await migrate()).toEqual(['1_one', '2_two']);
    expect(await migrate()).toEqual([]);
    await write('3_three', 'insert into one values (3);');
    expect(await migrate()).toEqual(['3_three']);
    const checksum = createHash('sha256').update('insert into one values (3);').digest('hex');
    expect(
      await test.database
        .query(sql`select migration_name, checksum, applied_steps_count, finished_at is not null as finished
        from _prisma_migrations where migration_name = '3_three'`),
    ).toEqual([{ migration_name: '3_three', checksum, applied_steps_count: 1, finished: true }]);
  });

  it('applies each step once when many processes start at once', async () => {
    const applied = await Promise.all(Array.from({ length: 6 }, migrate));
    expect(applied.flat().sort()).toEqual(['1_one', '2_two']);
    expect(await test.database.query(sql`select count(*) as count from one`)).toEqual([{ count: 1n }]);
  });

  it('undoes a step that fails, and goes on from there', async () => {
    await write('3_three', 'create table three (id int); select 1 / 0;');
    await expect(migrate()).rejects.toThrow('The migration "3_three" failed: division by zero');
    await write('3_three', 'create table three (id int);');
    expect(await migrate()).toEqual(['3_three']);
  });

  it('refuses a step that was changed after it was applied', async () => {
    await migrate();
    await write('2_two', 'alter table one add column other text;');
    await expect(migrate()).rejects.toThrow('"2_two" was changed after it was applied');
  });

  it('refuses a database that is newer than the code', async () => {
    await migrate();
    await rm(join(directory, '2_two'), { recursive: true });
    await expect(migrate()).rejects.toThrow('newer than this code');
  });

  it('runs a step outside a transaction where it asks for it, and remembers that it failed', async () => {
    await write('3_three', '-- no transaction\ncreate index concurrently one_id on one (id)');
    expect(await migrate()).toEqual(['1_one', '2_two', '3_three']);
    await write('4_four', '-- no transaction\ncreate index concurrently one_id on one (id)');
    await expect(migrate()).rejects.toThrow('failed');
    await expect(migrate()).rejects.toThrow('began and did not end');
  });

  it('says so when no database answers', async () => {
    const migrating = migrateDatabase({ url: 'postgresql://x:y@127.0.0.1:1/x', directory, waitMs: 200 });
    await expect(migrating).rejects.toThrow(/did not answer within .*DATABASE_URL/);
  });
});
