import type { ArmEstimate } from './estimate-arm.js';

/** How often a difference may be claimed where there is none, over all arms and however often it is looked at. */
const FALSE_ALARMS = 0.05;
/** Users that each arm needs before anything is said: with fewer, the mean is not yet normal and its variance a guess. */
const LEAST_USERS = 100;

/** What is known of an arm against the control. */
export interface Comparison {
  /** `none`: not enough is known, or they are alike; else which is higher. */
  readonly finding: 'none' | 'higher' | 'lower';
  /** The arm's mean less the control's; of a relative comparison, as a part of the control's (0.1: a tenth more). */
  readonly difference: number;
  /** Holds the true difference at every look at once, in 95 of 100 experiments. */
  readonly interval: readonly [low: number, high: number];
  /** Always valid: the chance that it ever falls below x where there is no difference is at most x. */
  readonly pValue: number;
}

/** In which unit two means are compared, and the difference in it that would matter. */
export interface Scale {
  /** True: by their ratio, for amounts above 0 whose size is not known beforehand. */
  readonly relative: boolean;
  /**
   * The difference that would matter. It decides how soon one is found, never how often a false one is.
   * Must not be chosen by looking at the data.
   */
  readonly mattering: number;
}

/**
 * Compares an arm with the control by a mixture sequential probability ratio test (Robbins 1970; Johari, Koomen,
 * Pekelis, Walsh: "Always valid inference", Operations Research 70(3), 2022), so that it may be read at any time and as
 * often as one likes. Under no difference the ratio is a martingale of mean 1; by Ville's inequality it ever passes
 * 1 / a with a chance of at most a.
 * @param comparisons how many arms are held against the control; each gets its part of the false alarms.
 * @returns undefined until both have enough users, and a variance.
 */
export function compareArms(
  arm: ArmEstimate | undefined,
  control: ArmEstimate | undefined,
  { relative, mattering }: Scale,
  comparisons = 1,
): Comparison | undefined {
  if (!arm || !control || Math.min(arm.users, control.users) < LEAST_USERS) return undefined;
  if (relative && Math.min(arm.mean, control.mean) <= 0) return undefined;
  const [one, other] = relative ? [logarithm(arm), logarithm(control)] : [arm, control];
  const difference = one.mean - other.mean;
  const variance = one.variance + other.variance;
  if (variance === 0) return undefined;
  const ratio = (value: number): number => logarithmOfRatio(value, variance, mattering);
  const pValue = Math.min(1, comparisons * Math.exp(-ratio(difference)));
  const reach = inverse(ratio, Math.log(comparisons / FALSE_ALARMS), mattering);
  const toUnit = (value: number): number => (relative ? Math.expm1(value) : value);
  const found = pValue <= FALSE_ALARMS;
  return {
    finding: found ? (difference > 0 ? 'higher' : 'lower') : 'none',
    difference: toUnit(difference),
    interval: [toUnit(difference - reach), toUnit(difference + reach)],
    pValue,
  };
}

/** Of the mixture, for the two differences; the rest is for all others. */
const WEIGHT_OF_POINTS = 0.75;
/** Where those two stand, in differences that matter: found soonest on the whole, which is before they are exactly met. */
const PLACE_OF_POINTS = 0.77;

/**
 * ln of the likelihood of what was observed under differences, against no difference. They are mixed from two that are
 * about what matters, up or down, which finds these soon, and a normal distribution, which in time finds any.
 */
function logarithmOfRatio(difference: number, variance: number, mattering: number): number {
  const point = PLACE_OF_POINTS * mattering;
  const exponent = Math.abs((difference * point) / variance);
  const points = exponent + Math.log1p(Math.exp(-2 * exponent)) - Math.LN2 - point ** 2 / (2 * variance);
  const mixture = mattering ** 2;
  const normal =
    (mixture * difference ** 2) / (2 * variance * (variance + mixture)) - 0.5 * Math.log1p(mixture / variance);
  const [one, other] = [Math.log(WEIGHT_OF_POINTS) + points, Math.log1p(-WEIGHT_OF_POINTS) + normal];
  return Math.max(one, other) + Math.log1p(Math.exp(-Math.abs(one - other)));
}

/** Where a function that rises from 0 on has that value, to a billionth; `guess` is above 0. */
function inverse(rising: (value: number) => number, wanted: number, guess: number): number {
  let [below, above] = [0, guess];
  while (rising(above) < wanted) [below, above] = [above, 2 * above];
  while (above - below > 1e-9 * above) {
    const middle = (below + above) / 2;
    if (rising(middle) < wanted) below = middle;
    else above = middle;
  }
  return above;
}

/** The estimate of the mean's logarithm, by the delta method. */
function logarithm({ mean, variance }: ArmEstimate): Pick<ArmEstimate, 'mean' | 'variance'> {
  return { mean: Math.log(mean), variance: variance / mean ** 2 };
}
