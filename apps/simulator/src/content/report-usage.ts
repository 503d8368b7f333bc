import type { UsageReport } from '../steering/steering.js';

type Counts = Readonly<Record<string, number>>;

/** The counts as the request wants them told. @returns undefined when it wants them left out. */
export function reportUsage(report: UsageReport, counts: Counts): Readonly<Record<string, unknown>> | undefined {
  const each = (change: (count: number) => unknown): Record<string, unknown> =>
    Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, change(count)]));
  switch (report) {
    case 'full':
      return counts;
    case 'none':
      return undefined;
    case 'zero':
      return each(() => 0);
    case 'negative':
      return each((count) => -count);
    case 'text':
      return each(String);
  }
}
