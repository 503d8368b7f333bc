import { CALL_TIMEOUT, jobIdFromUuid, PROVIDER_ERROR_CODES, type ErrorBody, type JobId } from '@switchyard/contract';
import { isUnavailable, sql, type Database } from '@switchyard/database';
import type { Queue } from '@switchyard/queue';
import { announceEnded } from './settle-attempts.js';
import { LEASE_MS } from './lease.js';

/** A job that ends its worker this often is failed. */
const CRASH_LIMIT = 5;
/** Jobs looked at in one go. */
const AT_MOST = 1_000;

/** What one look of the reconciler did. */
export interface Reconciled {
  /** Jobs taken back from workers whose lease had run out. */
  readonly recovered: number;
  /** Queued jobs that ran out of time. */
  readonly overdue: number;
  /** Entries put back into queues. */
  readonly reenqueued: number;
  /** Jobs that a budget has room for again. */
  readonly released: number;
}

const CRASH_ERROR: ErrorBody = {
  type: 'provider_error',
  code: 'worker_crash_limit',
  message: 'The worker died during this attempt; whether the provider answered is not known.',
  retryable: true,
};
const CRASH_LIMIT_ERROR: ErrorBody = {
  type: 'provider_error',
  code: 'worker_crash_limit',
  message: `The job ended its worker ${CRASH_LIMIT} times. ${PROVIDER_ERROR_CODES.worker_crash_limit.mend}`,
  retryable: false,
};
export const TIMEOUT_ERROR: ErrorBody = {
  type: 'timeout_error',
  code: 'timeout_error',
  message: 'The job was not done within its timeoutSeconds. Allow more, or retry it.',
  retryable: true,
};

/** What `fallbackOn` must name for an error to move a job on, by the error's code. */
const FALLBACK_OF_CODE = {
  ...Object.fromEntries(
    Object.entries(PROVIDER_ERROR_CODES).flatMap(([code, { fallback }]) =>
      fallback === 'never' ? [] : [[code, fallback]],
    ),
  ),
  timeout_error: CALL_TIMEOUT.fallback,
};

/** Puts back what was lost: jobs of dead workers, jobs out of time, entries that a queue forgot. Any number may run. */
export interface Reconciler {
  /** Ends queued jobs that are out of time. Cheap: twice a second is fine. */
  endOverdue(): Promise<number>;
  /**
   * Lets jobs go on that wait at a target whose gate is shut for longer than they wait, and ends those that cannot be
   * done in time. Cheap where nothing is shut: once a second is fine.
   */
  leaveShutTargets(): Promise<number>;
  /** Takes back what dead workers held, puts back entries, and lets jobs go on that waited for a budget. */
  reconcile(): Promise<Reconciled>;
}

/**
 * Opens the reconciler.
 * It waits a full lease after the database was away, because then no worker could beat either.
 */
export function openReconciler(database: Database, queue: Queue): Reconciler {
  let trustLeasesFrom = 0;
  let away = false;

  async function endOverdue(): Promise<number> {
    const rows = await database.query<{ job_id: string }>(
      sql`select job_id from end_overdue_jobs(${AT_MOST}, ${JSON.stringify(TIMEOUT_ERROR)}::jsonb)`,
    );
    announceEnded(
      queue,
      rows.map((row) => jobIdFromUuid(row.job_id)),
    );
    return rows.length;
  }

  async function leaveShutTargets(): Promise<number> {
    const rows = await database.query<{ job_id: string; provider: string | null; priority: number }>(
      sql`select job_id, provider, priority from leave_shut_targets(${AT_MOST}, ${JSON.stringify(FALLBACK_OF_CODE)}::jsonb)`,
    );
    announceEnded(
      queue,
      rows.filter((row) => row.provider === null).map((row) => jobIdFromUuid(row.job_id)),
    );
    for (const [provider, jobs] of Map.groupBy(rows, (row) => row.provider)) {
      if (provider === null) continue;
      await enqueue(
        provider,
        jobs.map((row) => ({ id: jobIdFromUuid(row.job_id), priority: row.priority })),
      );
    }
    return rows.length;
  }

  async function recover(): Promise<number> {
    const rows = await database.query<{ job_id: string; provider: string; outcome: string | null }>(sql`
      select job_id, provider, outcome
        from recover_jobs(${CRASH_LIMIT}, ${JSON.stringify(CRASH_ERROR)}::jsonb,
                          ${JSON.stringify(CRASH_LIMIT_ERROR)}::jsonb, ${JSON.stringify(TIMEOUT_ERROR)}::jsonb)`);
    announceEnded(
      queue,
      rows.filter((row) => row.outcome !== null).map((row) => jobIdFromUuid(row.job_id)),
    );
    for (const row of rows)
      if (row.outcome === null) await enqueue(row.provider, [{ id: jobIdFromUuid(row.job_id), priority: 0 }]);
    return rows.length;
  }

  async function enqueue(provider: string, jobs: readonly { id: JobId; priority: number }[]): Promise<void> {
    await queue
      .addEntries(
        provider,
        jobs.map((job) => ({ jobId: job.id, priority: job.priority })),
      )
      .catch(() => undefined);
  }

  /** Where fewer entries wait than jobs could be claimed, some get theirs again; the queue drops doubles. */
  async function reenqueue(): Promise<number> {
    const rows = await database.query<{ provider: string; job_id: string; priority: number }>(sql`
      select provider, job_id, priority from claimable_jobs(${AT_MOST}, interval '2 s')`);
    let added = 0;
    for (const [provider, jobs] of Map.groupBy(rows, (row) => row.provider)) {
      const depth = await queue.depth(provider).catch(() => undefined);
      if (!depth || depth.waiting >= jobs.length) continue;
      await enqueue(
        provider,
        jobs.map((row) => ({ id: jobIdFromUuid(row.job_id), priority: row.priority })),
      );
      added += jobs.length - depth.waiting;
    }
    return added;
  }

  /** Folds what settlements appended to budgets, which tells what is to be told, and lets waiting jobs go on. */
  async function keepBudgets(): Promise<number> {
    await database.query(sql`select fold_budgets(${AT_MOST})`);
    const released = await database.query<{ provider: string; job_id: string; priority: number }>(
      sql`select provider, job_id, priority from release_waiting(${AT_MOST})`,
    );
    for (const [provider, jobs] of Map.groupBy(released, (row) => row.provider)) {
      await enqueue(
        provider,
        jobs.map((row) => ({ id: jobIdFromUuid(row.job_id), priority: row.priority })),
      );
    }
    return released.length;
  }

  return {
    endOverdue,
    leaveShutTargets,
    async reconcile() {
      try {
        if (!(await serverIsSettled(database))) return { recovered: 0, overdue: 0, reenqueued: 0, released: 0 };
        if (away) trustLeasesFrom = performance.now() + LEASE_MS;
        away = false;
        const recovered = performance.now() >= trustLeasesFrom ? await recover() : 0;
        const overdue = await endOverdue();
        return { recovered, overdue, reenqueued: await reenqueue(), released: await keepBudgets() };
      } catch (error) {
        if (isUnavailable(error)) away = true;
        throw error;
      }
    },
  };
}

/** False for a lease after the server has started. */
async function serverIsSettled(database: Database): Promise<boolean> {
  const [row] = await database.query<{ settled: boolean }>(
    sql`select clock_timestamp() - pg_postmaster_start_time() > ${LEASE_MS} * interval '1 ms' as settled`,
  );
  return row?.settled === true;
}
