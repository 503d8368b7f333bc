import { compareArms, type Comparison, type Scale } from './compare-arms.js';
import { estimateArm, type ArmEstimate, type ArmSums } from './estimate-arm.js';

/** What experiments are judged by. */
export const METRICS = ['success', 'quality', 'cost', 'latency'] as const;
export type Metric = (typeof METRICS)[number];

/** Whether more is better, and the difference that would matter: five points, or a tenth of what the control takes. */
const METRIC_RULES: Readonly<Record<Metric, Scale & { readonly better: 'higher' | 'lower' }>> = {
  success: { better: 'higher', relative: false, mattering: 0.05 },
  quality: { better: 'higher', relative: false, mattering: 0.05 },
  cost: { better: 'lower', relative: true, mattering: 0.1 },
  latency: { better: 'lower', relative: true, mattering: 0.1 },
};

/** An arm and what its users have brought. The first of a list is the control. */
export interface ObservedArm {
  readonly name: string;
  readonly metrics: Readonly<Partial<Record<Metric, ArmSums>>>;
}

export interface JudgedArm {
  readonly name: string;
  readonly estimates: Readonly<Partial<Record<Metric, ArmEstimate>>>;
  /** Against the control, by metric; none for the control itself. */
  readonly comparisons: Readonly<Partial<Record<Metric, Comparison>>>;
}

/** Undecided until a difference is beyond doubt; `winner` names the best arm by the goal. */
export type Verdict =
  { readonly decided: false; readonly reason: string } | { readonly decided: true; readonly winner: string };

/**
 * Judges an experiment by one metric, its goal, which must be named before it is read; the others are shown beside it.
 * May be read at any time. An arm wins that is surely better than the control and not surely worse than anyone; the
 * control wins once every other arm is surely worse.
 */
export function judgeExperiment(
  arms: readonly ObservedArm[],
  goal: Metric,
): { readonly arms: readonly JudgedArm[]; readonly verdict: Verdict } {
  const [control, ...others] = arms.map(({ name, metrics }) => ({ name, estimates: estimateAll(metrics) }));
  if (!control) return { arms: [], verdict: { decided: false, reason: 'The experiment has no arms.' } };
  const judged = others.map((arm) => ({
    ...arm,
    comparisons: compareAll(arm.estimates, control.estimates, others.length),
  }));
  return {
    arms: [{ ...control, comparisons: {} }, ...judged],
    verdict: verdictOf(control.name, judged, goal),
  };
}

type Estimates = Readonly<Partial<Record<Metric, ArmEstimate>>>;

function estimateAll(metrics: ObservedArm['metrics']): Estimates {
  const entries = METRICS.map((metric) => {
    const sums = metrics[metric];
    return [metric, sums && estimateArm(sums)] as const;
  });
  return Object.fromEntries(entries.filter(([, estimate]) => estimate !== undefined));
}

function compareAll(arm: Estimates, control: Estimates, comparisons: number): JudgedArm['comparisons'] {
  const entries = METRICS.map((metric) => {
    return [metric, compareArms(arm[metric], control[metric], METRIC_RULES[metric], comparisons)] as const;
  });
  return Object.fromEntries(entries.filter(([, comparison]) => comparison !== undefined));
}

function verdictOf(control: string, arms: readonly JudgedArm[], goal: Metric): Verdict {
  const { better } = METRIC_RULES[goal];
  const compared = arms.flatMap(({ name, comparisons }) => {
    const comparison = comparisons[goal];
    return comparison ? [{ name, ...comparison }] : [];
  });
  if (compared.length < arms.length || arms.length === 0) {
    return { decided: false, reason: `Not every arm has enough users with a measured ${goal} yet.` };
  }
  const gain = (difference: number): number => (better === 'higher' ? difference : -difference);
  const winners = compared.filter(({ finding }) => finding === better);
  const best = winners.toSorted((one, other) => gain(other.difference) - gain(one.difference))[0];
  if (best) return { decided: true, winner: best.name };
  if (compared.every(({ finding }) => finding !== 'none')) return { decided: true, winner: control };
  return { decided: false, reason: `No difference in ${goal} is beyond doubt yet.` };
}
