import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isUnavailable, isUniqueViolation, openDatabase, sql, type Database } from './index.js';
import { createTestDatabase, type TestDatabase } from './testing.js';

let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await createTestDatabase();
  database = test.database;
  await database.query(sql`create table things (id bigint primary key, name text not null)`);
}, 30_000);

afterAll(() => test.drop(), 20_000);

describe('openDatabase', () => {
  it('reads each type as promised', async () => {
    const at = new Date('2026-11-21T07:00:00.123Z');
    const [row] =
      await database.query(sql`select ${2n ** 62n}::int8 as big, ${at}::timestamptz as at, 1.10::numeric as price,
      '2026-11-21'::date as day, ${[1n, 2n]}::int8[] as bigs, ${['a"b', 'c\\d']}::text[] as texts,
      ${JSON.stringify({ a: [1] })}::jsonb as json, ${new Uint8Array([1, 255])}::bytea as bytes, ${null}::text as nothing,
      '{1.10,2}'::numeric[] as prices, 7::int4 as small`);
    expect(row).toEqual({
      big: 2n ** 62n,
      at,
      price: '1.10',
      day: '2026-11-21',
      bigs: [1n, 2n],
      texts: ['a"b', 'c\\d'],
      json: { a: [1] },
      bytes: Buffer.from([1, 255]),
      nothing: null,
      prices: ['1.10', '2'],
      small: 7,
    });
  });

  it('commits a transaction that resolves and undoes one that rejects', async () => {
    await database.transaction(async (transaction) => {
      await transaction.query(sql`insert into things values (1, 'kept')`);
    });
    const undone = database.transaction(async (transaction) => {
      await transaction.query(sql`insert into things values (2, 'undone')`);
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    expect(await database.query(sql`select id from things order by id`)).toEqual([{ id: 1n }]);
  });

  it('does not call committed what the server rolled back', async () => {
    const swallowed = database.transaction(async (transaction) => {
      await transaction.query(sql`insert into things values (3, 'lost')`);
      await transaction.query(sql`select 1 / 0`).catch(() => undefined);
    });
    await expect(swallowed).rejects.toThrow('rolled back');
    expect(await database.query(sql`select 1 from things where id = 3`)).toEqual([]);
  });

  it('refuses a statement on a transaction that has ended', async () => {
    const leaked = await database.transaction(async (transaction) => transaction);
    await expect(leaked.query(sql`select 1`)).rejects.toThrow('ended');
  });

  it('keeps its connection over a refused row', async () => {
    const single = openDatabase({ url: test.url, applicationName: 'single', poolSize: 1 });
    const session = () => single.query<{ pid: number }>(sql`select pg_backend_pid() as pid`);
    const [before] = await session();
    const refused = await single.query(sql`insert into things values (1, 'again')`).catch((error: unknown) => error);
    expect(isUniqueViolation(refused, 'things_pkey')).toBe(true);
    expect((await session())[0]).toEqual(before);
    await single.close();
  });

  it('gives up a statement at its own limit, drops the connection, and goes on with another', async () => {
    const single = openDatabase({ url: test.url, applicationName: 'limited', poolSize: 1 });
    const session = () => single.query<{ pid: number }>(sql`select pg_backend_pid() as pid`, { limitMs: 5_000 });
    const [before] = await session();
    const late = await single.query(sql`select pg_sleep(25)`, { limitMs: 50 }).catch((error: unknown) => error);
    expect(isUnavailable(late)).toBe(true);
    const [after] = await session();
    expect(after?.pid).not.toBe(before?.pid);
    await single.close();
  });

  it('outlives its sessions, whether they are idle, busy or inside a transaction', async () => {
    const victim = openDatabase({ url: test.url, applicationName: 'victim', poolSize: 3 });
    await Promise.all([victim.ping(), victim.ping()]);
    const kill = () =>
      database.query(sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'victim'`);
    const busy = victim.query(sql`select pg_sleep(30)`).catch((error: unknown) => error);
    const inTransaction = victim
      .transaction(async (transaction) => {
        await transaction.query(sql`select 1`);
        await kill();
        await busy;
        await transaction.query(sql`select 1`);
      })
      .catch((error: unknown) => error);
    expect(isUnavailable(await busy)).toBe(true);
    expect(isUnavailable(await inTransaction)).toBe(true);
    await expect(victim.query(sql`select 1 as one`)).resolves.toEqual([{ one: 1 }]);
    await victim.close();
  });

  it('answers with an error when its connections are taken, and does not hang', async () => {
    const small = openDatabase({ url: test.url, applicationName: 'small', poolSize: 1 });
    let release = (): void => undefined;
    const held = small.transaction(() => new Promise<void>((resolve) => (release = resolve)));
    const began = Date.now();
    const refused = await small.query(sql`select 1`).catch((error: unknown) => error);
    expect(isUnavailable(refused)).toBe(true);
    expect(Date.now() - began).toBeLessThan(5_000);
    release();
    await held;
    await small.close();
  }, 10_000);

  it('limits a statement', async () => {
    const hasty = openDatabase({ url: test.url, applicationName: 'hasty', statementTimeoutMs: 50 });
    const late = await hasty.query(sql`select pg_sleep(5)`).catch((error: unknown) => error);
    expect(isUnavailable(late)).toBe(true);
    await hasty.close();
  });

  it('looks in the schemas that it is told to, also beside options of the URL', async () => {
    await database.query(sql`create schema elsewhere`);
    await database.query(sql`create table elsewhere.only_there (id int)`);
    const url = new URL(test.url);
    url.searchParams.set('options', '-c work_mem=1MB');
    const there = openDatabase({ url: url.href, applicationName: 'there', searchPath: 'elsewhere' });
    await expect(there.query(sql`select * from only_there`)).resolves.toEqual([]);
    await expect(there.query(sql`show work_mem`)).resolves.toEqual([{ work_mem: '1MB' }]);
    await there.close();
  });

  it('prepares a statement anew when a migration has changed what it reads', async () => {
    const single = openDatabase({ url: test.url, applicationName: 'single', poolSize: 1 });
    const read = () => single.query(sql`select * from elsewhere.only_there`);
    await read();
    await database.query(sql`alter table elsewhere.only_there add column more text`);
    await expect(read()).resolves.toEqual([]);
    await single.close();
  });

  it('gives Prisma its pool', async () => {
    const prisma = await database.prisma();
    await expect(prisma.$queryRaw`select 1 as one`).resolves.toEqual([{ one: 1 }]);
  });

  it('reports a server that is not there, and closes twice', async () => {
    const nowhere = openDatabase({ url: 'postgresql://x:y@127.0.0.1:1/x', applicationName: 'nowhere' });
    expect(isUnavailable(await nowhere.ping().catch((error: unknown) => error))).toBe(true);
    await nowhere.close();
    await nowhere.close();
    expect(isUnavailable(await nowhere.query(sql`select 1`).catch((error: unknown) => error))).toBe(true);
  });
});
