import fc from 'fast-check';
import { mergeHistograms, percentile, readHistograms, type LatencyHistogram } from './latency-histogram.js';

/** The database's `latency_bucket`. */
function histogramOf(latencies: readonly number[]): LatencyHistogram {
  const histogram = new Map<number, number>();
  for (const latency of latencies) {
    const bucket = Math.ceil(Math.log(Math.max(latency, 1)) / Math.log(1.1));
    histogram.set(bucket, (histogram.get(bucket) ?? 0) + 1);
  }
  return new Map([...histogram].toSorted(([one], [other]) => one - other));
}

const latency = fc.integer({ min: 0, max: 2_147_483_647 });

describe('percentile', () => {
  it('is off by 5 % and a millisecond at most', () => {
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1 }), fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
        const exact = all.toSorted((one, other) => one - other)[Math.ceil(all.length * share) - 1] ?? 0;
        const estimate = percentile(histogramOf(all), share) ?? -1;
        return Math.abs(estimate - exact) <= exact * 0.05 + 1;
      }),
    );
  });

  it('takes the nearest rank', () => {
    const histogram = histogramOf([...Array<number>(95).fill(10), ...Array<number>(4).fill(1_000), 100_000]);
    const [p50, p95, p96, p99, p100] = [0.5, 0.95, 0.96, 0.99, 1].map((share) => percentile(histogram, share));
    expect([p50, p95]).toEqual([10, 10]);
    expect(p96).toBe(p99);
    expect(p99).toBeGreaterThan(950);
    expect(p99).toBeLessThan(1_050);
    expect(p100).toBeGreaterThan(95_000);
  });

  it('is nothing where nothing was measured', () => {
    expect(percentile(new Map(), 0.5)).toBeNull();
  });
});

describe('histograms of parts', () => {
  const entries = (histogram: LatencyHistogram): unknown[] => [...histogram];

  it('add up to that of the whole, in its order', () => {
    fc.assert(
      fc.property(fc.array(fc.array(latency)), (parts) => {
        expect(entries(mergeHistograms(parts.map(histogramOf)))).toEqual(entries(histogramOf(parts.flat())));
      }),
    );
  });

  it('do so too as they are written one behind the other', () => {
    fc.assert(
      fc.property(fc.array(fc.array(latency, { minLength: 1 }), { minLength: 1 }), (parts) => {
        const written = parts.map(histogramOf).flatMap(entries) as [number, number][];
        const [buckets, counts] = [written.map(([bucket]) => bucket), written.map(([, count]) => count)];
        const read = readHistograms(buckets.join(','), counts.join(','));
        expect(entries(read)).toEqual(entries(histogramOf(parts.flat())));
      }),
    );
  });
});
