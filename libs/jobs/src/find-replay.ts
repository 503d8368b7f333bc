import { jobIdFromUuid, type JobId } from '@switchyard/contract';
import { sql, type Database } from '@switchyard/database';
import type { Idempotency } from './admit-jobs.js';

/** What an idempotency key stands for: the job of the same request, or another request. */
export type Replay = { readonly verdict: 'replayed'; readonly id: JobId } | { readonly verdict: 'reused' };

/**
 * Looks a key up beside the admission, which knows a repeated request itself: for one that would be refused before it
 * comes to that.
 * @returns undefined where nobody holds the key.
 */
export async function findReplay(
  database: Database,
  tenantId: number,
  { route, key, digest }: Idempotency,
): Promise<Replay | undefined> {
  const [row] = await database.query<{ job_id: string; same: boolean }>(sql`
    select job_id, same from find_replay(${tenantId}, ${route}, ${key}, decode(${digest}, 'hex'))`);
  if (!row) return undefined;
  return row.same ? { verdict: 'replayed', id: jobIdFromUuid(row.job_id) } : { verdict: 'reused' };
}
