import { formatUsd, nanoUsd, parseUsd } from '@switchyard/contract';
import { escapeText, excerpt } from '../output/escape-text.js';
import { formatTable } from '../output/table.js';
import type { DemoJob } from './gateway-client.js';

/** A task of the demo that has ended. */
export interface DemoResult {
  readonly title: string;
  readonly job: DemoJob;
}

const EXCERPT_LENGTH = 100;

/**
 * The results as a table, and a line that sums them up.
 * @param width Columns that a line may take; undefined for any number.
 */
export function showResults(results: readonly DemoResult[], width: number | undefined): string[] {
  const table = formatTable(
    [
      { title: 'Job' },
      { title: 'Model' },
      { title: 'Status' },
      { title: 'Time', align: 'right' },
      { title: 'Cost', align: 'right' },
      { title: 'Result' },
    ],
    results.map(({ title, job }) => [
      title,
      escapeText(job.model),
      escapeText(job.status),
      job.milliseconds === undefined ? '' : `${job.milliseconds} ms`,
      job.cost === undefined ? '' : `$${job.cost}`,
      describe(job),
    ]),
    width,
  );
  const spent = results.reduce((sum, { job }) => sum + (parseUsd(job.cost ?? '0') ?? 0n), 0n);
  const succeeded = results.filter(({ job }) => job.status === 'succeeded').length;
  return [...table, '', `${succeeded} of ${results.length} jobs succeeded, for $${formatUsd(nanoUsd(spent))} in all.`];
}

function describe({ content, vectors, error }: DemoJob): string {
  if (error !== undefined) return excerpt(error, EXCERPT_LENGTH);
  if (vectors) return `${vectors.count} vectors of ${vectors.dimensions} dimensions`;
  return excerpt(content ?? '', EXCERPT_LENGTH);
}
