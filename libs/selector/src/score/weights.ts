import type { Preference } from '@switchyard/contract';

/** What speaks for a model, each from 0 to 1. */
export interface ScoreParts {
  /** Whether it is made for the task, and good enough for how hard it is. */
  readonly fit: number;
  /** Room in its window beside what is asked. */
  readonly window: number;
  /** How cheap it is among those that were looked at. */
  readonly cost: number;
  /** How fast it is said to be; where that was measured, how fast it is. */
  readonly speed: number;
  /** How good it is said to be; where that was measured for the task, how good it is. */
  readonly quality: number;
  /** Whether it takes calls now. */
  readonly availability: number;
  /** How soon it answered lately, among those that were looked at. */
  readonly latency: number;
  /** How seldom it failed lately. */
  readonly errors: number;
}

export const SCORE_PARTS = [
  'fit',
  'window',
  'cost',
  'speed',
  'quality',
  'availability',
  'latency',
  'errors',
] as const satisfies readonly (keyof ScoreParts)[];

const row = (...weights: readonly [number, number, number, number, number, number, number, number]): ScoreParts => {
  const [fit, window, cost, speed, quality, availability, latency, errors] = weights;
  return { fit, window, cost, speed, quality, availability, latency, errors };
};

/** How much each part counts, by what the client prefers. Each row sums to 1, so that a score is from 0 to 1 too. */
// prettier-ignore
export const WEIGHTS: Readonly<Record<Preference, ScoreParts>> = {
  //             fit  window  cost  speed  quality  availability  latency  errors
  cost:     row(0.12,   0.03, 0.55,  0.02,    0.03,         0.15,    0.02,   0.08),
  speed:    row(0.12,   0.03, 0.04,  0.28,    0.03,         0.15,    0.27,   0.08),
  quality:  row(0.18,   0.03, 0.02,  0.02,    0.50,         0.15,    0.02,   0.08),
  value:    row(0.20,   0.05, 0.30,  0.03,    0.20,         0.12,    0.03,   0.07),
  balanced: row(0.25,   0.08, 0.17,  0.08,    0.15,         0.12,    0.07,   0.08),
};
