import { nanoUsd, type NanoUsd } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';

/** What the ledger says about itself; all but `attempts` and `spent` are 0 or empty when it balances. */
export interface LedgerBalance {
  /** Attempts with postings. */
  readonly attempts: number;
  readonly spent: NanoUsd;
  /** Held by reservations that are open. */
  readonly held: NanoUsd;
  /** Ended attempts for which reserved + overrun is not settled + released. */
  readonly unbalanced: number;
  /** Ended attempts whose settled amount is not the cost that they show. */
  readonly miscounted: number;
}

/** Adds the whole ledger up and holds it against the attempts. Reads every row: a check, not a report. */
export async function balanceLedger(database: Database): Promise<LedgerBalance> {
  const [row] = await database.query<{
    attempts: bigint;
    spent: string;
    held: string;
    unbalanced: bigint;
    miscounted: bigint;
  }>(sql`
    with sums as (
      select job_id, attempt,
             sum(amount_nano) filter (where debit = 'reserved') as filled,
             coalesce(sum(amount_nano) filter (where credit = 'reserved'), 0) as emptied,
             coalesce(sum(amount_nano) filter (where kind = 'settle'), 0) as settled
        from ledger_entries group by job_id, attempt
    )
    select count(*) as attempts,
           coalesce(sum(settled), 0)::text as spent,
           coalesce(sum(filled - emptied), 0)::text as held,
           count(*) filter (where filled <> emptied and a.finished_at is not null) as unbalanced,
           count(*) filter (where a.finished_at is not null and a.state <> 'released' and settled <> a.cost_nano) as miscounted
      from sums join attempts a on a.job_id = sums.job_id and a.number = sums.attempt`);
  if (!row) throw new Error('The ledger could not be read.');
  return {
    attempts: Number(row.attempts),
    spent: nanoUsd(BigInt(row.spent)),
    held: nanoUsd(BigInt(row.held)),
    unbalanced: Number(row.unbalanced),
    miscounted: Number(row.miscounted),
  };
}
