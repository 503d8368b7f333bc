import { nanoUsd, type NanoUsd } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';
import { findFaults, type LedgerFault } from './find-faults.js';

/** What the ledger says about itself; the last three are 0 and empty when it balances. */
export interface LedgerBalance {
  readonly attempts: number;
  /** Costs that were booked from outside. */
  readonly bookings: number;
  readonly spent: NanoUsd;
  /** Held by reservations that are open. */
  readonly held: NanoUsd;
  /** Attempts that miss lines, hold what they should not, or for which reserved + overrun is not settled + released. */
  readonly unbalanced: number;
  /** Ended attempts whose settled amount is not the cost that they show. */
  readonly miscounted: number;
  /** The first of both, by age of their jobs: at most 20. */
  readonly faults: readonly LedgerFault[];
}

const MOST_LISTED = 20;
/** Lines that are read at once: a second's work at most, and a few megabytes. */
const LINES_AT_ONCE = 60_000;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';
const AFTER_ALL = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Adds the whole ledger up and holds it against the attempts, job by job in the order of their ids, while the gateway
 * goes on. Reads every row: a check, not a report.
 */
export async function balanceLedger(database: Database): Promise<LedgerBalance> {
  const total = { attempts: 0, bookings: 0, spent: 0n, held: 0n, unbalanced: 0, miscounted: 0 };
  const listed: LedgerFault[] = [];
  for (let after = BEFORE_ALL; after !== AFTER_ALL;) {
    const last = await lastOfChunk(database, after);
    const from = after;
    const found = await findFaults(
      database,
      (jobId) => sql`${jobId} > ${from}::uuid and ${jobId} <= ${last}::uuid`,
      MOST_LISTED - listed.length,
    );
    const { miscounted, ...others } = found.faults;
    total.attempts += found.attempts;
    total.bookings += found.bookings;
    total.spent += found.spent;
    total.held += found.held;
    total.miscounted += miscounted;
    total.unbalanced += Object.values(others).reduce((sum, count) => sum + count, 0);
    listed.push(...found.listed);
    after = last;
  }
  return { ...total, spent: nanoUsd(total.spent), held: nanoUsd(total.held), faults: listed };
}

async function lastOfChunk(database: Database, after: string): Promise<string> {
  const [row] = await database.query<{ job_id: string }>(sql`
    select job_id from ledger_entries where job_id > ${after}::uuid order by job_id offset ${LINES_AT_ONCE} limit 1`);
  return row?.job_id ?? AFTER_ALL;
}
