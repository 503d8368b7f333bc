import { obstacleToMeasuring } from './evidence/resources.js';
import { ALL_FAULTS } from './faults/all-faults.js';
import { commandOf, readOptions, UsageError, type ChaosOptions } from './options.js';
import { runChaos, scheduleOf, type ChaosReport } from './run-chaos.js';

const MOST_IDS = 20;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function tellPlan(options: ChaosOptions): void {
  say(commandOf(options));
  const planned = new Set(scheduleOf(options).map(({ fault }) => fault));
  const left = ALL_FAULTS.map(({ id }) => id).filter((id) => !planned.has(id));
  if (left.length > 0) say(`left out: ${left.join(', ')} (no room in the time, not asked for, or not of this engine)`);
  const obstacle = obstacleToMeasuring();
  if (obstacle !== undefined) say(`left out: I8 (${obstacle})`);
}

function tellReport({ closingLine, violations }: ChaosReport, options: ChaosOptions): void {
  say(closingLine);
  for (const { rule, what, ids } of violations) {
    const more = ids.length > MOST_IDS ? ` and ${ids.length - MOST_IDS} more` : '';
    const list = ids.length > 0 ? ` (${ids.length}): ${ids.slice(0, MOST_IDS).join(', ')}${more}` : '';
    say(`${rule} VIOLATED: ${what}${list}`);
  }
  if (violations.length > 0) say(`seed ${options.seed}; again with: ${commandOf(options)}`);
}

/** Runs the command. @returns the status to exit with: 0 every invariant held, 1 one did not, 2 not understood */
export async function chaosCommand(words: readonly string[]): Promise<number> {
  try {
    const faults = ALL_FAULTS.map(({ id }) => id);
    return await run(readOptions(words, faults));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

async function run(options: ChaosOptions): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  tellPlan(options);
  try {
    const report = await runChaos(options, say, interrupted.signal);
    tellReport(report, options);
    return report.violations.length > 0 ? 1 : 0;
  } catch (error) {
    say(interrupted.signal.aborted ? 'interrupted' : `the run failed: ${describe(error)}`);
    say(`seed ${options.seed}; again with: ${commandOf(options)}`);
    return 1;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
