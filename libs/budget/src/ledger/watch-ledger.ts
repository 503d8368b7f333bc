import { nanoUsd, type NanoUsd } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';
import { findFaults, type LedgerFault } from './find-faults.js';

/** What a round of the watch has found. */
export interface LedgerSight {
  /** Jobs that were looked at in this round. */
  readonly jobs: number;
  /** Attempts that do not balance, of this round and of those before it. */
  readonly unbalanced: number;
  /** Those that the round before did not know; at most 20. */
  readonly found: readonly LedgerFault[];
  /** Held by reservations that are open. */
  readonly held: NanoUsd;
}

/** Keeps an eye on what is written to the ledger. */
export interface LedgerWatch {
  /** Looks at the jobs that have got lines since the round before last. */
  look(): Promise<LedgerSight>;
}

/** Lines of one round at most, the newest: more than a minute of a busy installation. Older ones wait for the check. */
const MOST_LINES = 200_000;
const MOST_LISTED = 20;

/**
 * Opens a watch that begins with the newest lines. Rounds overlap by one: a line may be committed after others that have
 * later ids, but not by longer than a statement may run.
 */
export function watchLedger(database: Database): LedgerWatch {
  let before: bigint | undefined;
  let last: bigint | undefined;
  const known = new Map<string, string>();

  return {
    async look() {
      const newest = await newestLine(database);
      const since = [before ?? 0n, newest - BigInt(MOST_LINES)].reduce((one, other) => (one > other ? one : other));
      const jobs = await jobsSince(database, since);
      // What was found before is looked at again: it may have been mended by hand.
      const looked = [...new Set([...jobs, ...known.values()])];
      const { listed } = await findFaults(database, (jobId) => sql`${jobId} = any (${looked}::uuid[])`, MOST_LINES);
      const found = listed.filter((fault) => !known.has(nameOf(fault)));
      known.clear();
      for (const fault of listed) known.set(nameOf(fault), uuidOf(fault.job));
      before = last;
      last = newest;
      return {
        jobs: jobs.length,
        unbalanced: listed.length,
        found: found.slice(0, MOST_LISTED),
        held: await heldNow(database),
      };
    },
  };
}

function nameOf(fault: LedgerFault): string {
  return `${fault.job} ${fault.attempt}`;
}

function uuidOf(job: string): string {
  return job.slice(job.indexOf('_') + 1);
}

async function newestLine(database: Database): Promise<bigint> {
  const [row] = await database.query<{ id: bigint }>(sql`select id from ledger_entries order by id desc limit 1`);
  return row?.id ?? 0n;
}

async function jobsSince(database: Database, line: bigint): Promise<readonly string[]> {
  const rows = await database.query<{ job_id: string }>(
    sql`select distinct job_id from ledger_entries where id > ${line}`,
  );
  return rows.map((row) => row.job_id);
}

/** What the open attempts of jobs that live have reserved: as much work as there are such jobs. */
async function heldNow(database: Database): Promise<NanoUsd> {
  const [row] = await database.query<{ held: string }>(sql`
    select coalesce(sum(a.reserved_nano), 0)::text as held from live_jobs l
      join attempts a on a.job_id = l.job_id and a.number = l.attempt and a.state in ('reserved', 'started')`);
  return nanoUsd(BigInt(row?.held ?? 0));
}
