import { pipeline, Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import type { UsageDimension, UsageRow } from '@switchyard/budget';
import { FIGURE_NAMES } from './usage-figures.js';
import { viewEntry, type UsageEntry } from './usage-view.js';

/**
 * Writes rows as CSV (RFC 4180, with a header), a row at a time as the reader takes them. A name that a spreadsheet would
 * take for a formula gets an apostrophe before it; figures stay figures.
 */
export function writeCsv(rows: readonly UsageRow[], groupBy: readonly UsageDimension[]): Readable {
  const columns = [...groupBy, ...FIGURE_NAMES];
  const csv = stringify({ header: true, columns, escape_formulas: true, record_delimiter: 'windows' });
  // Whoever reads the text meets the error there.
  return pipeline(Readable.from(entries(rows)), csv, () => undefined);
}

function* entries(rows: readonly UsageRow[]): Generator<UsageEntry> {
  for (const row of rows) yield viewEntry(row);
}
