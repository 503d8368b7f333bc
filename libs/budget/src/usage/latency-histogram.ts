/** How many requests fell into each bucket, by the bucket's number. */
export type LatencyHistogram = ReadonlyMap<number, number>;

/** Each bucket is a tenth wider than the one before it; the database has the same figure in `latency_bucket`. */
const GROWTH = 1.1;

/**
 * The latency that a share of the requests did not pass, in milliseconds, by the nearest rank. Off the exact figure
 * by 5 % of it at most, and by a millisecond of rounding; histograms that were added up are as precise as their parts.
 * @param share above 0, up to 1
 * @returns null where there are no requests
 */
export function percentile(histogram: LatencyHistogram, share: number): number | null {
  const total = [...histogram.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = Math.ceil(total * share);
  let passed = 0;
  for (const [bucket, count] of [...histogram].toSorted(([one], [other]) => one - other)) {
    passed += count;
    if (passed >= rank) return middleOf(bucket);
  }
  return null;
}

/** Adds histograms up. */
export function mergeHistograms(histograms: Iterable<LatencyHistogram>): LatencyHistogram {
  const merged = new Map<number, number>();
  for (const histogram of histograms) {
    for (const [bucket, count] of histogram) merged.set(bucket, (merged.get(bucket) ?? 0) + count);
  }
  return merged;
}

/** The figure that is off by the same share from either bound of the bucket. */
function middleOf(bucket: number): number {
  return bucket === 0 ? 1 : Math.round((2 * GROWTH ** bucket) / (GROWTH + 1));
}
