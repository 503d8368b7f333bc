import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { bookCost, foldUsage } from '@switchyard/budget';
import { nanoUsd } from '@switchyard/contract';
import { sql, type SqlStatement } from '@switchyard/database';
import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import { runCommand } from '../run-command.js';

const TODAY = new Date().toISOString().slice(0, 10);

describe('switchyard ledger check', () => {
  let test: TestDatabase;
  let printed: string;
  const before = process.env['DATABASE_URL'];

  beforeAll(async () => {
    test = await createTestDatabase();
    process.env['DATABASE_URL'] = test.url;
    await test.database.query(sql`insert into tenants (name, source) values ('acme', 'file')`);
  }, 60_000);
  afterAll(async () => {
    if (before === undefined) delete process.env['DATABASE_URL'];
    else process.env['DATABASE_URL'] = before;
    await test.drop();
  });
  beforeEach(() => {
    printed = '';
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockImplementation((text) => {
        printed += String(text);
        return true;
      });
    }
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await test.database.query(sql`truncate bookings, ledger_entries, usage_deltas, usage_rollups`);
  });

  async function book(model: string): Promise<string> {
    const { id } = await bookCost(test.database, {
      tenantId: 1,
      key: null,
      provider: 'outside',
      model,
      cost: nanoUsd(2_500_000_000n),
      promptTokens: null,
      completionTokens: null,
      description: null,
      bookedBy: { keyId: 1, tenantId: 1 },
      idempotencyKey: null,
      digest: '',
    });
    return id;
  }

  async function tamper(statement: SqlStatement): Promise<void> {
    await test.database.transaction(async (transaction) => {
      await transaction.query(sql`set local session_replication_role = 'replica'`);
      await transaction.query(statement);
    });
  }

  const check = (...more: string[]): Promise<number> => runCommand(['ledger', 'check', ...more]);

  it('is content with an empty ledger', async () => {
    expect(await check()).toBe(0);
    expect(printed).toBe(
      'The ledger balances: 0 attempts and 0 bookings; spent $0.00, held $0.00.\n' +
        'There is no usage yet to hold against the lines.\n',
    );
  });

  it('adds up, and holds a day that has usage against its lines, or the one that is given', async () => {
    await book('model');
    await foldUsage(test.database);
    expect(await check()).toBe(0);
    expect(printed).toBe(
      'The ledger balances: 0 attempts and 1 bookings; spent $2.50, held $0.00.\n' +
        `The usage of ${TODAY} is what its lines come to (3 hours, days and months, by model and key).\n`,
    );
    expect(await check('--day', '2020-02-29')).toBe(0);
    expect(printed).toContain('The usage of 2020-02-29 is what its lines come to (0 hours,');
  });

  it('lists what does not balance with job and attempt, at most twenty, and ends with 1', async () => {
    const ids = [];
    for (let count = 0; count < 23; count += 1) ids.push(await book('model'));
    await foldUsage(test.database);
    await tamper(sql`delete from ledger_entries where kind = 'overrun'`);
    expect(await check()).toBe(1);
    expect(printed).toContain('does not balance: 23 unbalanced and 0 miscounted');
    for (const id of ids.slice(0, 20)) {
      expect(printed).toMatch(new RegExp(`^${id} +0 +unbalanced +0.00 +0.00 +2.50 +0.00$`, 'm'));
    }
    expect(printed).not.toContain(ids[20]);
    expect(printed).toContain('… and 3 more.');
    expect(printed).toContain(`The usage of ${TODAY} is what its lines come to`);
  });

  it('lists where reports are not what the lines come to, without the escape codes of a name, and ends with 1', async () => {
    await book('good');
    await book('bad\u001b[31m');
    await foldUsage(test.database);
    await test.database.query(sql`
      update usage_rollups set cost_nano = cost_nano + 1
       where span = 'day' and lane_id = (select id from lanes where model like 'bad%')`);
    expect(await check('--day', TODAY)).toBe(1);
    expect(printed).toContain('The ledger balances');
    expect(printed).toContain(`The usage of ${TODAY} is not what its lines come to: 2 of 6 hours, days and months`);
    expect(printed).toMatch(/^day +\d{4}-\d{2}-\d{2}T00:00 +outside +bad\S+ +acme +– +0 +2\.50 +0 +2\.500000001$/m);
    // The month is by one less than its days.
    expect(printed).toMatch(/^month .* 2\.500000001 +0 +2\.50$/m);
    expect(printed).not.toContain('\u001b');
  });

  it.each([
    [['--day', '2026-02-30'], '--day must be a day such as'],
    [['--day', 'yesterday'], '--day must be a day such as'],
    [['now'], '"now" is one word too many.'],
    [['--year', '2026'], "Unknown option '--year'"],
  ])('does not understand %j', async (more, message) => {
    expect(await check(...more)).toBe(2);
    expect(printed).toContain(message);
  });

  it.each([
    [['migrate', '--day', TODAY], '--day belongs to "ledger check".'],
    [['ledger'], 'There is no command "ledger".'],
    [['constructor'], 'There is no command "constructor".'],
  ])('leaves other commands as they are: %j', async (words, message) => {
    expect(await runCommand(words)).toBe(2);
    expect(printed).toContain(message);
  });

  it('says what to do where there is no database', async () => {
    delete process.env['DATABASE_URL'];
    process.env['DATA_DIR'] = '/nowhere/at/all';
    const status = await check();
    delete process.env['DATA_DIR'];
    process.env['DATABASE_URL'] = test.url;
    expect([status, printed]).toEqual([
      1,
      expect.stringMatching(/^DATABASE_URL is not set, and nothing runs on the data in \/nowhere\/at\/all\. Set it, /),
    ]);
  });
});
