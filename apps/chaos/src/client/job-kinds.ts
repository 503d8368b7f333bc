import type { Chance } from '../schedule/chance.js';
import { BUDGET, LATENCY_MS } from '../stage/configuration.js';

/** A kind of job of the load. */
export interface JobKind {
  /** How often it comes, beside the others. */
  readonly weight: number;
  /** The longest that one takes when nothing is wrong with the gateway, in milliseconds; its own waits are in it. */
  readonly naturalMs: number;
  /** The body without its metadata. */
  readonly body: (prompt: string, chance: Chance) => Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The client cancels it this long after it was admitted, in milliseconds. */
  readonly cancelAfterMs?: readonly [number, number];
  /** The client retries it once it has failed. */
  readonly retried?: true;
  /** The client sends it twice at once, under one `Idempotency-Key`. */
  readonly twinned?: true;
}

const QUICK_MS = 1_000;
/** Three tries and their backoffs. */
const TRIES_MS = 3_000;
/** What waits in the queue and is out of time is ended by a look every second. */
const LOOK_MS = 1_500;

const budgeted =
  (modelId: string): JobKind['body'] =>
  (prompt) => ({
    type: 'generation',
    request: { prompt, maxTokens: BUDGET.maxTokens },
    selection: { modelId },
  });

const text =
  (modelId: string, fields: object = {}): JobKind['body'] =>
  (prompt) => ({ type: 'generation', request: { prompt, maxTokens: 32 }, selection: { modelId }, ...fields });

/** Every kind of job that the load is mixed from, and those that only faults ask for (weight 0). */
export const JOB_KINDS = {
  plain: { weight: 30, naturalMs: QUICK_MS, body: text('quick') },
  code: {
    weight: 5,
    naturalMs: QUICK_MS,
    body: (prompt) => ({ type: 'code', request: { prompt, language: 'python' }, selection: { modelId: 'quick' } }),
  },
  embedding: {
    weight: 8,
    naturalMs: QUICK_MS,
    body: (prompt) => ({ type: 'embedding', request: { input: [prompt, `${prompt} again`] } }),
  },
  image: {
    weight: 3,
    naturalMs: QUICK_MS,
    body: (prompt) => ({ type: 'image', request: { prompt, size: '256x256' } }),
  },
  waited: { weight: 5, naturalMs: QUICK_MS, body: text('quick'), headers: { prefer: 'wait=5' } },
  prioritized: {
    weight: 4,
    naturalMs: QUICK_MS,
    body: (prompt, chance) => ({ ...text('quick')(prompt, chance), priority: chance.between(0, 9) }),
  },
  slow: { weight: 14, naturalMs: LATENCY_MS.slow + QUICK_MS, body: text('slow') },
  flaky: { weight: 7, naturalMs: TRIES_MS, body: text('flaky') },
  limited: { weight: 4, naturalMs: TRIES_MS, body: text('limited') },
  cut: { weight: 4, naturalMs: TRIES_MS, body: text('cut') },
  garbled: { weight: 3, naturalMs: TRIES_MS, body: text('garbled') },
  refused: { weight: 2, naturalMs: QUICK_MS, body: text('refused') },
  retried: { weight: 2, naturalMs: QUICK_MS, body: text('refused'), retried: true },
  canceled: { weight: 6, naturalMs: LATENCY_MS.slow + QUICK_MS, body: text('slow'), cancelAfterMs: [0, 2_000] },
  delayed: { weight: 4, naturalMs: 2_000 + QUICK_MS, body: text('quick', { delaySeconds: 1 }) },
  'canceled late': {
    weight: 2,
    naturalMs: 3_000 + QUICK_MS,
    body: text('quick', { delaySeconds: 2 }),
    cancelAfterMs: [0, 3_000],
  },
  hurried: { weight: 3, naturalMs: 1_000 + LOOK_MS, body: text('hanging', { timeoutSeconds: 1 }) },
  expiring: { weight: 4, naturalMs: 2_000 + LOOK_MS, body: text('quick', { expiresInSeconds: 2 }) },
  unmetered: { weight: 3, naturalMs: QUICK_MS, body: text('usage-none') },
  'metered at zero': { weight: 0, naturalMs: QUICK_MS, body: text('usage-zero') },
  'metered below zero': { weight: 0, naturalMs: QUICK_MS, body: text('usage-negative') },
  'metered in words': { weight: 0, naturalMs: QUICK_MS, body: text('usage-text') },
  twin: { weight: 5, naturalMs: QUICK_MS, body: text('quick'), twinned: true },
  budgeted: { weight: 0, naturalMs: QUICK_MS, body: budgeted('budgeted') },
  'budgeted and slow': { weight: 0, naturalMs: LATENCY_MS.held + 2 * QUICK_MS, body: budgeted('budgeted-slow') },
  held: { weight: 0, naturalMs: LATENCY_MS.held + QUICK_MS, body: text('held') },
  failing: { weight: 0, naturalMs: 2 * TRIES_MS, body: text('quick') },
  long: { weight: 0, naturalMs: 2 * LATENCY_MS.long + QUICK_MS, body: text('long') },
} satisfies Readonly<Record<string, JobKind>>;

export type JobKindName = keyof typeof JOB_KINDS;

const NAMES = Object.keys(JOB_KINDS) as JobKindName[];

/** The kind of that name, with whatever it has of the fields that not all have. */
export function kindOf(name: JobKindName): JobKind {
  return JOB_KINDS[name];
}

/** Draws the kind of the load's next job. */
export function drawKind(chance: Chance): JobKindName {
  let left = chance.next() * NAMES.reduce((sum, name) => sum + kindOf(name).weight, 0);
  for (const name of NAMES) {
    left -= kindOf(name).weight;
    if (left < 0) return name;
  }
  return 'plain';
}
