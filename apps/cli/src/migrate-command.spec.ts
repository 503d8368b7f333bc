import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from '@switchyard/database';
import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../../..');
const run = promisify(execFile);

let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
  await test.database.query(sql`drop schema public cascade`);
  await test.database.query(sql`create schema public`);
}, 60_000);

afterAll(() => test.drop(), 20_000);

describe('switchyard migrate', () => {
  it('says how many migrations it applied, and when there was none', async () => {
    const migrate = async (): Promise<string> => {
      const main = resolve(ROOT, 'apps/cli/dist/main.js');
      const { stdout, stderr } = await run(process.execPath, [main, 'migrate'], { env: { DATABASE_URL: test.url } });
      return stdout + stderr;
    };
    const steps = await readdir(resolve(ROOT, 'prisma/migrations'), { withFileTypes: true });
    const count = steps.filter((step) => step.isDirectory()).length;
    expect(await migrate()).toBe(`Applied ${count} ${count === 1 ? 'migration' : 'migrations'}.\n`);
    expect(await migrate()).toBe('The database is up to date.\n');
  }, 60_000);
});
