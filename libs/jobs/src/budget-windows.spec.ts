import { sql } from '@switchyard/database';
import { createTestDatabase } from '@switchyard/database/testing';

describe('windows of budgets', () => {
  let test: Awaited<ReturnType<typeof createTestDatabase>>;

  beforeAll(async () => {
    test = await createTestDatabase();
  }, 30_000);
  afterAll(async () => {
    await test.drop();
  });

  it('begin days and months by the calendar of their time zone, summer time included', async () => {
    const bounds = async (period: string, zone: string, moment: string): Promise<string[]> => {
      const [row] = await test.database.query<{ starts_at: Date; ends_at: Date }>(
        sql`select * from window_bounds(${period}::budget_period, ${zone}, ${moment}::timestamptz)`,
      );
      return row ? [row.starts_at.toISOString(), row.ends_at.toISOString()] : [];
    };
    expect(await bounds('daily', 'Europe/Berlin', '2026-03-29T12:00Z')).toEqual([
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
    expect(await bounds('monthly', 'America/New_York', '2026-11-01T03:00Z')).toEqual([
      '2026-10-01T04:00:00.000Z',
      '2026-11-01T04:00:00.000Z',
    ]);
    expect(await bounds('daily', 'Asia/Kathmandu', '2026-01-01T18:14:59Z')).toEqual([
      '2025-12-31T18:15:00.000Z',
      '2026-01-01T18:15:00.000Z',
    ]);
    // Clocks that are set back to midnight show the first hour twice: both belong to the day.
    for (const moment of ['2026-11-01T04:30Z', '2026-11-01T05:30Z']) {
      expect(await bounds('daily', 'America/Havana', moment)).toEqual([
        '2026-11-01T04:00:00.000Z',
        '2026-11-02T05:00:00.000Z',
      ]);
    }
    // Midnight that is left out: the day begins at one.
    expect(await bounds('daily', 'Africa/Cairo', '2026-04-24T12:00Z')).toEqual([
      '2026-04-23T22:00:00.000Z',
      '2026-04-24T21:00:00.000Z',
    ]);
  });

  it('have a window for every moment, in whatever time zone', async () => {
    const [found] = await test.database.query<{ outside: string[]; asked: bigint }>(sql`
      select coalesce(array_agg(zone.name || ' ' || moment) filter (where moment < b.starts_at or moment >= b.ends_at), '{}')
               as outside, count(*) as asked
        from unnest(array['America/Havana', 'Atlantic/Azores', 'Africa/Cairo', 'Australia/Lord_Howe', 'Asia/Beirut',
                          'America/Santiago', 'Antarctica/Troll', 'Asia/Kathmandu', 'Pacific/Kiritimati', 'UTC'])
               as zone (name)
       cross join generate_series('2026-01-01T00:15Z'::timestamptz, '2026-12-31T23:45Z', interval '30 minutes') as moment
       cross join lateral window_bounds('daily', zone.name, moment) as b`);
    expect(found).toEqual({ outside: [], asked: 175_200n });
  });
});
