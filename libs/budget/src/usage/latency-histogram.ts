/** How many requests fell into each bucket, by the bucket's number, in ascending order. */
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
  let total = 0;
  for (const count of histogram.values()) total += count;
  if (total === 0) return null;
  const rank = Math.ceil(total * share);
  let passed = 0;
  for (const [bucket, count] of histogram) {
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
  return inOrder(merged);
}

/** Reads histograms that were written one behind the other, `1,4,2,4` beside `7,1,9,2`, and adds them up. Null: none. */
export function readHistograms(buckets: string | null, counts: string | null): LatencyHistogram {
  const merged = new Map<number, number>();
  if (buckets === null || counts === null) return merged;
  const times = counts.split(',');
  for (const [index, text] of buckets.split(',').entries()) {
    const bucket = Number(text);
    merged.set(bucket, (merged.get(bucket) ?? 0) + Number(times[index]));
  }
  return inOrder(merged);
}

function inOrder(histogram: LatencyHistogram): LatencyHistogram {
  const buckets = [...histogram.keys()];
  // Most are: each was written so.
  if (buckets.every((bucket, index) => index === 0 || bucket > (buckets[index - 1] ?? bucket))) return histogram;
  return new Map([...histogram].toSorted(([one], [other]) => one - other));
}

/** The figure that is off by the same share from either bound of the bucket. */
function middleOf(bucket: number): number {
  return bucket === 0 ? 1 : Math.round((2 * GROWTH ** bucket) / (GROWTH + 1));
}
