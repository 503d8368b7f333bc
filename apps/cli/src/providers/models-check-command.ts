import { openDatabase } from '@switchyard/database';
import { readModelChecks, type ModelCheck } from '@switchyard/jobs';
import { escapeText } from '../output/escape-text.js';
import { formatTable } from '../output/table.js';
import { runningDatabase } from '../start/running-database.js';

/** Prints how each vendor's list compared with the configuration last. @returns the status to exit with: always 0 */
export async function checkModels(): Promise<number> {
  const url = await runningDatabase();
  const database = openDatabase({ url, applicationName: 'switchyard models check', poolSize: 1 });
  try {
    const checks = await readModelChecks(database);
    process.stdout.write(`${describeChecks(checks).join('\n')}\n`);
    return 0;
  } finally {
    await database.close();
  }
}

function describeChecks(checks: readonly ModelCheck[]): readonly string[] {
  if (checks.length === 0) return ['No list was compared yet; a running courier begins two minutes after its start.'];
  const rows = checks.flatMap((check) => rowsOf(check).map((row) => [check.provider, ...row].map(escapeText)));
  const all = formatTable(
    ['provider', 'model', 'is', 'checked'].map((title) => ({ title })),
    rows,
  );
  const failed = checks.flatMap(({ provider, error }) =>
    error === null ? [] : [escapeText(`${provider}: the last check failed: ${error}`)],
  );
  return [...all, ...failed];
}

/** Of a provider: its models, those that need something done first. */
function rowsOf({ new: added, retired, unpriced, checkedAt }: ModelCheck): readonly (readonly string[])[] {
  const when = checkedAt === null ? 'never' : checkedAt.toISOString().slice(0, 16);
  const rows = [
    ...retired.map((name) => [name, 'retired']),
    ...unpriced.map((name) => [name, 'new, without a price']),
    ...added.filter((name) => !unpriced.includes(name)).map((name) => [name, 'new']),
  ];
  return (rows.length === 0 ? [['–', checkedAt === null ? '–' : 'all as configured']] : rows).map((row) => [
    ...row,
    when,
  ]);
}
