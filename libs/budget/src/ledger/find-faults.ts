import { jobIdFromUuid, nanoUsd, type JobId, type NanoUsd } from '@switchyard/contract';
import { sql, type Database, type SqlStatement } from '@switchyard/database';
import { bookingIdFromUuid, type BookingId } from './book-cost.js';

/** What can be wrong with an attempt, or with a cost that was booked from outside. */
export type FaultKind =
  /** it has ended, and reserved + overrun is not settled + released */
  | 'unbalanced'
  /** it was settled not once, or at another amount than the cost that it shows */
  | 'miscounted'
  /** it is open, and does not hold exactly what it reserved */
  | 'misheld'
  /** it is open, and its job has ended */
  | 'abandoned'
  /** nothing in the ledger names it */
  | 'unposted';

/** One attempt that does not balance, with the sums of its lines. */
export interface LedgerFault {
  readonly fault: FaultKind;
  readonly job: JobId | BookingId;
  /** From 1; 0 for a booking. */
  readonly attempt: number;
  readonly reserved: NanoUsd;
  readonly overrun: NanoUsd;
  readonly settled: NanoUsd;
  readonly released: NanoUsd;
}

/** What was found within a scope. */
export interface FoundFaults {
  readonly attempts: number;
  readonly bookings: number;
  readonly spent: NanoUsd;
  /** Filled into reservations and not emptied yet. */
  readonly held: NanoUsd;
  readonly faults: Readonly<Record<FaultKind, number>>;
  /** The first of them, as many as were asked for. */
  readonly listed: readonly LedgerFault[];
}

interface FoundRow {
  readonly attempts: bigint;
  readonly bookings: bigint;
  readonly spent: string;
  readonly held: string;
  readonly counts: Partial<Record<FaultKind, number>> | null;
  readonly listed: readonly ListedRow[] | null;
}

interface ListedRow {
  readonly fault: FaultKind;
  readonly job_id: string;
  readonly attempt: number;
  readonly reserved: string;
  readonly overrun: string;
  readonly settled: string;
  readonly released: string;
}

/**
 * Holds the lines of some jobs and bookings against their attempts, in one statement: what is being settled meanwhile is
 * seen as it was before or as it is after. An attempt that retention has dropped is held against its own lines only.
 * @param scope the jobs that count, as a condition over the column that it is given
 */
export async function findFaults(
  database: Database,
  scope: (jobId: SqlStatement) => SqlStatement,
  listAtMost: number,
): Promise<FoundFaults> {
  const [row] = await database.query<FoundRow>(sql`
    with lines as (
      select job_id, attempt, count(*) filter (where kind = 'settle') as settlements,
             coalesce(sum(amount_nano) filter (where kind = 'reserve'), 0) as reserved,
             coalesce(sum(amount_nano) filter (where kind = 'overrun'), 0) as overrun,
             coalesce(sum(amount_nano) filter (where kind = 'settle'), 0) as settled,
             coalesce(sum(amount_nano) filter (where kind = 'release'), 0) as released
        from ledger_entries where ${scope(sql`job_id`)} group by job_id, attempt
    ), entered as (
      select a.job_id, a.number as attempt, a.state, a.reserved_nano, a.cost_nano, j.outcome is not null as ended
        from attempts a left join jobs j on j.id = a.job_id where ${scope(sql`a.job_id`)}
      union all
      select id, 0, null, 0, cost_nano, true from bookings where ${scope(sql`id`)}
    ), judged as (
      select job_id, attempt, coalesce(reserved, 0) as reserved, coalesce(overrun, 0) as overrun,
             coalesce(settled, 0) as settled, coalesce(released, 0) as released,
             case when settlements is null then 'unposted'
                  when state in ('reserved', 'started') and ended then 'abandoned'
                  when state in ('reserved', 'started') and (reserved, overrun, settled, released) <> (reserved_nano, 0, 0, 0)
                    then 'misheld'
                  when state in ('reserved', 'started') then null
                  when reserved + overrun <> settled + released then 'unbalanced'
                  when state is null and cost_nano is null then null
                  when reserved <> reserved_nano or settled is distinct from cost_nano
                    or settlements <> (state is distinct from 'released')::integer then 'miscounted'
              end as fault
        from lines full join entered using (job_id, attempt)
    )
    select count(*) filter (where attempt > 0) as attempts, count(*) filter (where attempt = 0) as bookings,
           coalesce(sum(settled), 0)::text as spent,
           coalesce(sum(reserved + overrun - settled - released), 0)::text as held,
           (select json_object_agg(fault, times) from (
              select fault, count(*) as times from judged where fault is not null group by fault) as counted) as counts,
           (select json_agg(first) from (
              select fault, job_id, attempt, reserved::text, overrun::text, settled::text, released::text from judged
               where fault is not null order by job_id, attempt limit ${listAtMost}) as first) as listed
      from judged`);
  if (!row) throw new Error('The ledger could not be read.');
  return {
    attempts: Number(row.attempts),
    bookings: Number(row.bookings),
    spent: nanoUsd(BigInt(row.spent)),
    held: nanoUsd(BigInt(row.held)),
    faults: { unbalanced: 0, miscounted: 0, misheld: 0, abandoned: 0, unposted: 0, ...row.counts },
    listed: (row.listed ?? []).map((fault) => ({
      fault: fault.fault,
      job: fault.attempt === 0 ? bookingIdFromUuid(fault.job_id) : jobIdFromUuid(fault.job_id),
      attempt: fault.attempt,
      reserved: nanoUsd(BigInt(fault.reserved)),
      overrun: nanoUsd(BigInt(fault.overrun)),
      settled: nanoUsd(BigInt(fault.settled)),
      released: nanoUsd(BigInt(fault.released)),
    })),
  };
}
