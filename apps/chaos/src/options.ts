import { parseArgs } from 'node:util';

export type Engine = 'postgres' | 'redis';

/** What the command line asked for. */
export interface ChaosOptions {
  readonly seed: number;
  readonly engine: Engine;
  readonly minutes: number;
  /** Only these, each at least once; undefined: all. */
  readonly faults: readonly string[] | undefined;
}

/** The command line cannot be read; the message says how it is written. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const USAGE = 'npm run chaos -- --seed N [--engine postgres|redis] [--minutes M] [--faults F1,F7,…]';
const DEFAULT_MINUTES = 5;
const LARGEST_SEED = 2 ** 32 - 1;

/** @throws UsageError */
export function readOptions(words: readonly string[], known: readonly string[]): ChaosOptions {
  const { seed, engine = 'postgres', minutes = String(DEFAULT_MINUTES), faults } = parse(words);
  if (seed === undefined) throw new UsageError(`--seed is missing. ${USAGE}`);
  if (!/^\d{1,10}$/.test(seed) || Number(seed) > LARGEST_SEED) {
    throw new UsageError(`--seed is "${seed}"; it is a whole number from 0 to ${LARGEST_SEED}.`);
  }
  if (engine !== 'postgres' && engine !== 'redis') {
    throw new UsageError(`--engine is "${engine}"; it is postgres or redis.`);
  }
  if (!/^\d+(\.\d+)?$/.test(minutes) || Number(minutes) <= 0) {
    throw new UsageError(`--minutes is "${minutes}"; it is a number above 0.`);
  }
  const named = faults?.split(',');
  const unknown = named?.filter((fault) => !known.includes(fault)) ?? [];
  if (unknown.length > 0) {
    throw new UsageError(`--faults names ${unknown.join(', ')}; there are ${known.join(', ')}.`);
  }
  return { seed: Number(seed), engine, minutes: Number(minutes), faults: named };
}

function parse(words: readonly string[]): Partial<Record<'seed' | 'engine' | 'minutes' | 'faults', string>> {
  const text = { type: 'string' } as const;
  try {
    const options = { seed: text, engine: text, minutes: text, faults: text };
    return parseArgs({ args: [...words], options, strict: true }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)} ${USAGE}`);
  }
}

/** The command that does the same run again. */
export function commandOf({ seed, engine, minutes, faults }: ChaosOptions): string {
  const only = faults === undefined ? '' : ` --faults ${faults.join(',')}`;
  return `npm run chaos -- --seed ${seed} --engine ${engine} --minutes ${minutes}${only}`;
}
