import { uuidOfJob } from '@switchyard/contract';
import { createGroup, isUnavailable, sql, type Queryable } from '@switchyard/database';
import type { ClaimedJob, CountedCall } from '../claim-jobs.js';

/** A worker that is too busy to send in time after so many tries sends all the same. */
const MOST_TRIES = 5;

/** A call must not be sent any more: what it was counted for is over, and its limit has no room. */
export class LeftTooLate extends Error {
  override readonly name = 'LeftTooLate';
}

/** Resolves when the call of a claimed job may be sent at once. @throws LeftTooLate */
export type LeaveInTime = (job: Pick<ClaimedJob, 'id' | 'attempt' | 'counted'>) => Promise<void>;

/**
 * Holds calls to the time at which their rate limits counted them: one that a busy worker would send later is counted anew
 * at that time, so that the vendor never sees more than its window allows. Costs nothing where calls leave in time.
 */
export function openLeaveInTime(database: Queryable): LeaveInTime {
  const group = createGroup<Call, bigint | null>({
    name: 'count calls anew',
    run: async (calls) => await restamp(database, calls),
  });
  return async ({ id, attempt, counted }) => {
    let last: CountedCall | null = counted;
    for (let tries = 0; last && isLate(last) && tries < MOST_TRIES; tries += 1) {
      const since = performance.now();
      const call = { job_id: uuidOfJob(id), attempt, stamped_ms: last.stampedMs.toString() };
      const stampedMs = await group.submit(call).catch(unlessUnavailable);
      if (stampedMs === null) throw new LeftTooLate();
      last = { ...last, since, stampedMs };
    }
  };
}

/** Uncounted it must not leave; the job is put back once the database answers. */
function unlessUnavailable(error: unknown): null {
  if (isUnavailable(error)) return null;
  throw error;
}

function isLate({ since, leaveWithinMs }: CountedCall): boolean {
  return performance.now() - since > leaveWithinMs;
}

interface Call {
  readonly job_id: string;
  readonly attempt: number;
  readonly stamped_ms: string;
}

async function restamp(database: Queryable, calls: readonly Call[]): Promise<(bigint | null)[]> {
  const placed = calls.map((call, place) => ({ ...call, place }));
  const rows = await database.query<{ place: number; stamped_ms: bigint | null }>(
    sql`select place, stamped_ms from restamp_calls(${JSON.stringify(placed)}::json)`,
  );
  const byPlace = new Map(rows.map((row) => [row.place, row.stamped_ms]));
  return calls.map((_, place) => byPlace.get(place) ?? null);
}
