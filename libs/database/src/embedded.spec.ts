import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEmbeddedPostgres, startEmbeddedPostgres, type EmbeddedPostgres } from './embedded.js';
import { TEST_SETTINGS } from './embedded/server-settings.js';
import { openDatabase, sql } from './index.js';

const logger = { info: () => undefined, warn: () => undefined };

let folder: string;
let running: EmbeddedPostgres | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-embedded-'));
  await chmod(folder, 0o755);
});

afterAll(async () => {
  await running?.stop(0);
  await rm(folder, { recursive: true, force: true });
}, 20_000);

const start = async (): Promise<EmbeddedPostgres> => {
  running = await startEmbeddedPostgres({ dataDirectory: join(folder, 'data'), settings: TEST_SETTINGS, logger });
  return running;
};

async function withDatabase<Result>(
  { url }: EmbeddedPostgres,
  use: (database: ReturnType<typeof openDatabase>) => Promise<Result>,
) {
  const database = openDatabase({ url, applicationName: 'embedded spec' });
  try {
    return await use(database);
  } finally {
    await database.close();
  }
}

describe('startEmbeddedPostgres', () => {
  it('keeps its data over a stop, a crash and a start, for one process at a time', async () => {
    const find = () => findEmbeddedPostgres(join(folder, 'data'));
    expect(await find()).toBeUndefined();
    const first = await start();
    expect(await find()).toBe(first.url);
    await withDatabase(first, (database) => database.query(sql`create table kept as select 42 as answer`));
    expect((await stat(join(folder, 'data', 'password'))).mode & 0o077).toBe(0);
    expect(await readFile(join(folder, 'data', 'postgres.log'), 'utf8')).not.toContain('create table');
    await expect(start()).rejects.toThrow(/Switchyard already runs on the data in .*data \(process \d+\)/);

    await first.stop();
    await first.ended;
    expect(await find()).toBeUndefined();
    const second = await start();
    process.kill(second.pid, 'SIGKILL');
    await second.ended;

    const third = await start();
    const rows = await withDatabase(third, (database) =>
      database.query(sql`select answer, current_setting('server_encoding') as encoding from kept`),
    );
    expect(rows).toEqual([{ answer: 42, encoding: 'UTF8' }]);
    await third.stop();
  }, 60_000);

  it('stops what a run that was killed left behind', async () => {
    const abandoned = await start();
    // As if the process that started it had ended: its record names one that is no more.
    await writeFile(join(folder, 'data', 'owner.json'), JSON.stringify({ pid: 2 ** 22 + 1, start: 'long ago' }));
    const next = await start();
    await abandoned.ended;
    expect(next.pid).not.toBe(abandoned.pid);
    await next.stop();
  }, 60_000);

  it('says in one line what it cannot do', async () => {
    await writeFile(join(folder, 'file'), '');
    const starting = startEmbeddedPostgres({ dataDirectory: join(folder, 'file', 'data'), logger });
    await expect(starting).rejects.toThrow(/^Cannot keep the database in .*: a part of the path is no folder/);
  });
});
