import { setTimeout as sleep } from 'node:timers/promises';
import type { Settlement, Settler, SettleVerdict } from '@switchyard/jobs';
import type { Logger } from '@switchyard/telemetry';

const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 2_000;
/** Once the process goes down, settling is tried this long. */
const HURRIED_LIMIT_MS = 2_000;

/**
 * Settles until the database has taken it or says that the epoch is gone: an answer that was paid for is never
 * thrown away because the database was.
 */
export async function settleForSure(
  settler: Settler,
  settlement: Settlement,
  job: { readonly lost: () => boolean; readonly hurried: () => boolean; readonly logger: Logger },
): Promise<SettleVerdict> {
  let hurriedSince: number | undefined;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
    if (job.lost()) return 'stale';
    try {
      return await settler.settle(settlement);
    } catch (error) {
      if (pause === FIRST_PAUSE_MS)
        job.logger.warn({ job: settlement.job.id, error }, 'settling fails; it is tried again until it is done');
      if (job.hurried()) hurriedSince ??= performance.now();
      if (hurriedSince !== undefined && performance.now() - hurriedSince > HURRIED_LIMIT_MS) return 'stale';
    }
    await sleep(pause);
  }
}
