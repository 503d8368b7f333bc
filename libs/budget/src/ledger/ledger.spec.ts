import { nanoUsd } from '@switchyard/contract';
import { sql, type SqlStatement } from '@switchyard/database';
import {
  openLedgerBench,
  RESERVED,
  type End,
  type LedgerBench,
  type RunningJob,
} from '../__fixtures__/ledger-bench.js';
import { balanceLedger } from './balance-ledger.js';
import { bookCost, type NewBooking } from './book-cost.js';
import { watchLedger } from './watch-ledger.js';

const NOW = new Date('2026-11-21T08:00:00Z');
const END: End = {
  state: 'succeeded',
  cost: 700,
  estimated: false,
  promptTokens: 3,
  completionTokens: 4,
  latencyMs: 20,
  at: NOW,
};
const BOOKING: NewBooking = {
  tenantId: 1,
  key: null,
  provider: 'outside',
  model: 'outside-model',
  cost: nanoUsd(5_000n),
  promptTokens: 10,
  completionTokens: null,
  description: 'an invoice',
  bookedBy: { keyId: 1, tenantId: 1 },
  idempotencyKey: null,
  digest: 'a1',
};

let bench: LedgerBench;
beforeAll(async () => {
  bench = await openLedgerBench();
}, 60_000);
afterEach(() => bench.clear());
afterAll(() => bench.close());

async function run(): Promise<RunningJob> {
  await bench.admit(0);
  const [job] = await bench.claim('left', 1);
  if (!job) throw new Error('Nothing was claimed.');
  return job;
}

async function settled(end: Partial<End> = {}): Promise<string> {
  const job = await run();
  await bench.database.transaction((on) => bench.settle(on, job, { ...END, ...end }));
  return job.job_id;
}

/** Changes what must not change. */
async function tamper(statement: SqlStatement): Promise<void> {
  await bench.database.transaction(async (on) => {
    await bench.unlock(on);
    await on.query(statement);
  });
}

const publicId = (uuid: string): string => `job_${uuid.replaceAll('-', '')}`;

describe('balanceLedger', () => {
  it('adds everything up: open, settled, overrun, released, free and booked', async () => {
    await settled();
    await settled({ cost: 1_234 });
    await settled({ cost: 0, state: 'failed' });
    await bench.cancel(await bench.admit(1));
    await bench.admit(1);
    await run();
    await bookCost(bench.database, BOOKING);
    expect(await balanceLedger(bench.database)).toEqual({
      attempts: 6,
      bookings: 1,
      spent: 700n + 1_234n + 5_000n,
      held: 2n * BigInt(RESERVED),
      unbalanced: 0,
      miscounted: 0,
      faults: [],
    });
  });

  /** What is done to a job that has ended, or to one that runs; and what is found. */
  const FAULTS: Readonly<Record<string, readonly [open: boolean, done: (id: string) => SqlStatement, fault: string]>> =
    {
      'a release that is missing': [
        false,
        (id) => sql`delete from ledger_entries where job_id = ${id}::uuid and kind = 'release'`,
        'unbalanced',
      ],
      'a line of another amount': [
        false,
        (id) => sql`update ledger_entries set amount_nano = 1 where job_id = ${id}::uuid and kind = 'reserve'`,
        'unbalanced',
      ],
      'a cost that was not settled': [
        false,
        (id) => sql`update attempts set cost_nano = 701 where job_id = ${id}::uuid`,
        'miscounted',
      ],
      'a cost that is not there': [
        false,
        (id) => sql`update attempts set cost_nano = null where job_id = ${id}::uuid`,
        'miscounted',
      ],
      'a charge made twice, with the reservation for it': [
        false,
        (id) => sql`
        insert into ledger_entries (at, kind, amount_nano, job_id, attempt, lane_id, key_id, price_id)
        select at, kind, 0, job_id, attempt, lane_id, key_id, price_id from ledger_entries
         where job_id = ${id}::uuid and kind = 'settle'`,
        'miscounted',
      ],
      'an attempt without lines': [
        false,
        (id) => sql`delete from ledger_entries where job_id = ${id}::uuid`,
        'unposted',
      ],
      'lines of an attempt that retention has dropped, one missing': [
        false,
        (id) => sql`
        with gone as (delete from attempts where job_id = ${id}::uuid)
        delete from ledger_entries where job_id = ${id}::uuid and kind = 'release'`,
        'unbalanced',
      ],
      'a reservation that was released in mid-call': [
        true,
        (id) => sql`
        insert into ledger_entries (at, kind, amount_nano, job_id, attempt, lane_id, key_id, price_id)
        select at, 'release', amount_nano, job_id, attempt, lane_id, key_id, price_id from ledger_entries
         where job_id = ${id}::uuid`,
        'misheld',
      ],
      'a job that ended with an attempt open': [
        true,
        (id) => sql`update jobs set outcome = 'failed' where id = ${id}::uuid`,
        'abandoned',
      ],
    };

  it.each(Object.keys(FAULTS))('finds %s, and names job and attempt', async (name) => {
    const [open, done, fault] = FAULTS[name] ?? [];
    await settled();
    const id = open ? (await run()).job_id : await settled();
    await tamper(done?.(id) ?? sql`select`);
    const balance = await balanceLedger(bench.database);
    expect(balance.faults).toEqual([expect.objectContaining({ fault, job: publicId(id), attempt: 1 })]);
    expect([balance.unbalanced, balance.miscounted]).toEqual(fault === 'miscounted' ? [0, 1] : [1, 0]);
    // The watch goes by new lines: what has none is found by the whole check alone.
    if (fault === 'unposted') return;
    const sight = await watchLedger(bench.database).look();
    expect(sight).toMatchObject({ unbalanced: 1, found: balance.faults });
  });

  it('finds a booking whose lines are not its cost', async () => {
    const { id } = await bookCost(bench.database, BOOKING);
    await tamper(sql`update bookings set cost_nano = 4999`);
    expect((await balanceLedger(bench.database)).faults).toEqual([
      { fault: 'miscounted', job: id, attempt: 0, reserved: 0n, overrun: 5_000n, settled: 5_000n, released: 0n },
    ]);
  });

  it('counts every fault and lists twenty', async () => {
    for (let count = 0; count < 23; count += 1) await settled();
    await tamper(sql`update attempts set cost_nano = 1`);
    const { miscounted, faults } = await balanceLedger(bench.database);
    expect([miscounted, faults.length]).toEqual([23, 20]);
  });
});

describe('watchLedger', () => {
  it('looks at what is new, with a round of overlap, and remembers what it has found until it is mended', async () => {
    const watch = watchLedger(bench.database);
    const old = await settled();
    expect(await watch.look()).toEqual({ jobs: 1, unbalanced: 0, found: [], held: 0n });
    expect(await watch.look()).toMatchObject({ jobs: 1 });
    expect(await watch.look()).toMatchObject({ jobs: 0 });
    // Too old to be looked at; the check finds it.
    await tamper(sql`update attempts set cost_nano = 1 where job_id = ${old}::uuid`);
    const bad = await settled();
    await tamper(sql`update attempts set cost_nano = 1 where job_id = ${bad}::uuid`);
    await run();
    expect(await watch.look()).toMatchObject({
      jobs: 2,
      unbalanced: 1,
      found: [{ job: publicId(bad), fault: 'miscounted' }],
      held: BigInt(RESERVED),
    });
    for (let round = 0; round < 3; round += 1) {
      expect(await watch.look()).toMatchObject({ unbalanced: 1, found: [] });
    }
    await tamper(sql`update attempts set cost_nano = 700 where job_id = ${bad}::uuid`);
    expect(await watch.look()).toMatchObject({ unbalanced: 0 });
    expect((await balanceLedger(bench.database)).faults).toEqual([expect.objectContaining({ job: publicId(old) })]);
  });
});

describe('bookCost', () => {
  it('books double entry, once under a key however many ask at once', async () => {
    const booking = { ...BOOKING, tenantId: 2, key: 'globex-app', idempotencyKey: 'november' };
    const booked = await Promise.all(Array.from({ length: 10 }, () => bookCost(bench.database, booking)));
    expect(new Set(booked.map(({ id }) => id)).size).toBe(1);
    expect(booked.filter(({ replayed }) => !replayed)).toEqual([
      {
        id: expect.stringMatching(/^booking_[0-9a-f]{32}$/),
        tenant: 'globex',
        key: 'globex-app',
        provider: 'outside',
        model: 'outside-model',
        cost: 5_000n,
        promptTokens: 10,
        completionTokens: null,
        description: 'an invoice',
        bookedAt: expect.any(Date),
        replayed: false,
      },
    ]);
    const lines = await bench.database.query(
      sql`select kind, debit, credit, amount_nano, attempt, key_id, price_id from ledger_entries order by id`,
    );
    const line = { amount_nano: 5_000n, attempt: 0, key_id: 2, price_id: null };
    expect(lines).toEqual([
      { ...line, kind: 'overrun', debit: 'reserved', credit: 'available' },
      { ...line, kind: 'settle', debit: 'spent', credit: 'reserved' },
    ]);
  });

  it('keeps keys of different tenants apart, and refuses one that stands for something else', async () => {
    const booking = { ...BOOKING, idempotencyKey: 'november' };
    const { id } = await bookCost(bench.database, booking);
    const other = await bookCost(bench.database, { ...booking, bookedBy: { keyId: 1, tenantId: 2 } });
    expect(other).toMatchObject({ replayed: false });
    expect(other.id).not.toBe(id);
    await expect(bookCost(bench.database, { ...booking, digest: 'b2' })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
      status: 422,
    });
    expect((await balanceLedger(bench.database)).bookings).toBe(2);
  });

  it('forgets a key after 24 hours, and books anew under it', async () => {
    const booking = { ...BOOKING, idempotencyKey: 'november' };
    const age = async (interval: string): Promise<void> => {
      await bench.database.query(
        sql`update idempotency_keys set created_at = clock_timestamp() - ${interval}::interval`,
      );
    };
    const { id } = await bookCost(bench.database, booking);
    await age('23:59:50');
    expect(await bookCost(bench.database, booking)).toMatchObject({ id, replayed: true });
    await age('24:00:00');
    const again = await bookCost(bench.database, { ...booking, digest: 'b2' });
    expect([again.replayed, again.id === id]).toEqual([false, false]);
    await age('24:00:00');
    expect(await bench.database.query(sql`select forget_keys(10) as forgotten`)).toEqual([{ forgotten: 1 }]);
    expect((await balanceLedger(bench.database)).bookings).toBe(2);
  });

  it('takes no key of another tenant', async () => {
    await expect(bookCost(bench.database, { ...BOOKING, key: 'globex-app' })).rejects.toMatchObject({ param: 'key' });
    expect((await balanceLedger(bench.database)).bookings).toBe(0);
  });

  it('books again without a key', async () => {
    await bookCost(bench.database, BOOKING);
    await bookCost(bench.database, BOOKING);
    expect(await balanceLedger(bench.database)).toMatchObject({ bookings: 2, spent: 10_000n });
  });

  it('cannot be changed or taken back', async () => {
    await bookCost(bench.database, BOOKING);
    await expect(bench.database.query(sql`delete from bookings`)).rejects.toThrow('append only');
    await expect(bench.database.query(sql`update bookings set cost_nano = 1`)).rejects.toThrow('append only');
  });
});
