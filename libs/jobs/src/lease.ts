import { hostname } from 'node:os';
import { jobIdFromUuid, type JobId } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';

/** A worker's lease lasts this long after each beat, in milliseconds. */
export const LEASE_MS = 9_000;
/** Between two beats, and between two looks of the reconciler, in milliseconds. */
export const BEAT_MS = 3_000;
/** A beat that hangs is given up after this, so that the next one, on another connection, still saves the lease. */
const BEAT_LIMIT_MS = 2_000;

/** What a worker holds, as the database sees it. */
export interface HeldJob {
  readonly id: JobId;
  readonly epoch: number;
  readonly cancelRequested: boolean;
}

/** The lease has run out and what it covered was taken back; the worker registers anew. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** Registers a process of a worker. @returns its id. */
export async function registerWorker(database: Database, kind: string): Promise<number> {
  const rows = await database.query<{ id: number }>(
    sql`
    insert into workers (kind, host, pid, lease_until)
    values (${kind}, ${hostname()}, ${process.pid}, clock_timestamp() + ${LEASE_MS} * interval '1 ms') returning id`,
    { limitMs: LEASE_MS },
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('The worker could not be registered.');
  return id;
}

/** Extends the lease, or gives up well before it runs out. @throws LeaseLostError when it is gone, or what the database raised. */
export async function beat(database: Database, workerId: number): Promise<HeldJob[]> {
  try {
    const rows = await database.query<{ job_id: string; epoch: number; cancel: boolean }>(
      sql`select job_id, epoch, cancel from beat(${workerId}, ${LEASE_MS})`,
      { limitMs: BEAT_LIMIT_MS },
    );
    return rows.map((row) => ({ id: jobIdFromUuid(row.job_id), epoch: row.epoch, cancelRequested: row.cancel }));
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'SY001') {
      throw new LeaseLostError('The lease of this worker has run out.', { cause: error });
    }
    throw error;
  }
}

/** Gives the lease up. @returns false when the worker still holds jobs: then it keeps the lease, which runs out. */
export async function retireWorker(database: Database, workerId: number): Promise<boolean> {
  const [row] = await database.query<{ retired: boolean }>(sql`select retire_worker(${workerId}) as retired`, {
    limitMs: BEAT_LIMIT_MS,
  });
  return row?.retired === true;
}
