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
const MOST_LINES = 200_000n;
const LINES_AT_ONCE = 20_000n;
/** Where everything is wrong, so many say so. */
const MOST_KNOWN = 1_000;
const MOST_LISTED = 20;

/**
 * Opens a watch that begins with the newest lines. Rounds overlap by one: a line may be committed after others that have
 * later ids, but not by longer than a statement may run.
 */
export function watchLedger(database: Database): LedgerWatch {
  let before = 0n;
  let last = 0n;
  /** Under the name of its attempt. */
  let known = new Map<string, LedgerFault>();

  return {
    async look() {
      const newest = await newestLine(database);
      // What was found before is looked at again: it may have been mended by hand.
      const seen = await faultsOf(
        database,
        [...known.values()].map(({ job }) => uuidOf(job)),
      );
      let jobs = 0;
      for (let line = latest(before, newest - MOST_LINES); line < newest; line += LINES_AT_ONCE) {
        const fresh = await jobsBetween(database, line, line + LINES_AT_ONCE);
        jobs += fresh.length;
        for (const [name, fault] of await faultsOf(database, fresh)) if (seen.size < MOST_KNOWN) seen.set(name, fault);
      }
      const found = [...seen].filter(([name]) => !known.has(name)).map(([, fault]) => fault);
      known = seen;
      before = last;
      last = newest;
      return { jobs, unbalanced: seen.size, found: found.slice(0, MOST_LISTED), held: await heldNow(database) };
    },
  };
}

async function faultsOf(database: Database, jobs: readonly string[]): Promise<Map<string, LedgerFault>> {
  if (jobs.length === 0) return new Map();
  const { listed } = await findFaults(database, (jobId) => sql`${jobId} = any (${jobs}::uuid[])`, MOST_KNOWN);
  return new Map(listed.map((fault) => [`${fault.job} ${fault.attempt}`, fault]));
}

function latest(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

function uuidOf(job: string): string {
  return job.slice(job.indexOf('_') + 1);
}

async function newestLine(database: Database): Promise<bigint> {
  const [row] = await database.query<{ id: bigint }>(sql`select id from ledger_entries order by id desc limit 1`);
  return row?.id ?? 0n;
}

async function jobsBetween(database: Database, after: bigint, upTo: bigint): Promise<readonly string[]> {
  const rows = await database.query<{ job_id: string }>(
    sql`select distinct job_id from ledger_entries where id > ${after} and id <= ${upTo}`,
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
