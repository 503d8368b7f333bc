import { setTimeout as sleep } from 'node:timers/promises';
import { isUnavailable, type Settlement, type Settler, type SettleVerdict } from '@switchyard/jobs';
import type { Logger } from '@switchyard/telemetry';

const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 2_000;
/** Once the process goes down, settling is tried this long. */
const HURRIED_LIMIT_MS = 2_000;
/** A settlement that the database refuses this often is given up for one that says so. */
const MAX_REFUSALS = 3;

/**
 * Settles until the database has taken it or says that the epoch is gone: an answer that was paid for is never
 * thrown away because the database was. One that the database refuses (a vendor may report any number) ends its job all
 * the same: it fails, at what it reserved.
 */
export async function settleForSure(
  settler: Settler,
  settlement: Settlement,
  job: { readonly lost: () => boolean; readonly hurried: () => boolean; readonly logger: Logger },
): Promise<SettleVerdict> {
  let hurriedSince: number | undefined;
  let refusals = 0;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
    if (job.lost()) return 'stale';
    try {
      return await settler.settle(refusals < MAX_REFUSALS ? settlement : unstorable(settlement));
    } catch (error) {
      if (pause === FIRST_PAUSE_MS)
        job.logger.warn({ job: settlement.job.id, error }, 'settling fails; it is tried again until it is done');
      if (!isUnavailable(error)) refusals += 1;
      if (job.hurried()) hurriedSince ??= performance.now();
      if (hurriedSince !== undefined && performance.now() - hurriedSince > HURRIED_LIMIT_MS) return 'stale';
    }
    await sleep(pause);
  }
}

function unstorable({ job, call }: Settlement): Settlement {
  return {
    job,
    state: 'failed',
    call,
    cost: null,
    estimated: true,
    error: {
      type: 'internal_error',
      code: 'unstorable_result',
      message: "What the provider answered could not be stored; the worker's log says why. Retry the job.",
      retryable: true,
    },
    then: { outcome: 'failed' },
  };
}
