const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** A process that ran this long was well; its next end is a new trouble. */
const HEALTHY_MS = 60_000;

/**
 * How long to wait before a process that ended is started again, in milliseconds: 1 s, doubled each time up to 30 s.
 * @param previousMs The wait before its last start; undefined for the first.
 * @param uptimeMs How long it ran since.
 */
export function restartDelay(previousMs: number | undefined, uptimeMs: number): number {
  if (previousMs === undefined || uptimeMs >= HEALTHY_MS) return FIRST_MS;
  return Math.min(previousMs * 2, LONGEST_MS);
}
