import { uuidOfJob, type JobId } from '@switchyard/contract';
import { sql, type Queryable } from '@switchyard/database';
import type { Queue } from '@switchyard/queue';
import { announceEnded } from './settle-attempts.js';
import { TOPICS } from './topics.js';

/** What a cancel met: a job that had ended, one that it ended, or one whose worker now has the wish. */
export type CancelVerdict = 'ended' | 'canceled' | 'running';

/**
 * Cancels a job: a queued one at once, a running one by telling its worker, which closes the vendor's socket and settles.
 * The worker also finds the wish with its next beat, should the notice be lost.
 */
export async function cancelJob(database: Queryable, queue: Queue, id: JobId): Promise<CancelVerdict> {
  const [row] = await database.query<{ status: CancelVerdict; worker_id: number | null }>(
    sql`select status, worker_id from cancel_job(${uuidOfJob(id)}::uuid)`,
  );
  if (!row) throw new Error('A cancel was not answered.');
  if (row.status === 'canceled') announceEnded(queue, [id]);
  if (row.status === 'running' && row.worker_id !== null) queue.publish(TOPICS.cancel(row.worker_id), { id });
  return row.status;
}
