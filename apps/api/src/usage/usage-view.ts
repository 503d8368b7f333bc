import { addUsage, type Booking, type UsageDimension, type UsageGroup, type UsageRow } from '@switchyard/budget';
import { formatUsd } from '@switchyard/contract';
import { viewFigures, type UsageFigures } from './usage-figures.js';
import type { UsagePeriod } from './usage-period.js';

/** A group with its figures. */
export type UsageEntry = UsageGroup & UsageFigures;

/** A report as the API answers it. */
export interface UsageReport {
  readonly from: string;
  readonly to: string;
  readonly groupBy: readonly UsageDimension[];
  readonly data: readonly UsageEntry[];
  readonly total: UsageFigures;
}

/** Shows rows, and what they come to together. */
export function viewReport(
  rows: readonly UsageRow[],
  { from, to }: UsagePeriod,
  groupBy: readonly UsageDimension[],
): UsageReport {
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    groupBy,
    data: rows.map(viewEntry),
    total: viewFigures(addUsage(rows.map(({ sums }) => sums))),
  };
}

/** Shows one row. */
export function viewEntry({ group, sums }: UsageRow): UsageEntry {
  return { ...group, ...viewFigures(sums) };
}

/** Shows a booking as it stands in the ledger. */
export function viewBooking({ replayed: _replayed, cost, bookedAt, ...booking }: Booking): object {
  return { ...booking, cost: formatUsd(cost), bookedAt: bookedAt.toISOString() };
}
