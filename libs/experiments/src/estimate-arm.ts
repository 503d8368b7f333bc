/**
 * Sums over the users of an arm, from which every metric of it follows. One user may bring many answers, and these are
 * alike; so the user is the unit, and the answers of one are summed first.
 */
export interface ArmSums {
  readonly users: number;
  /** Over users: of n, the count of a user's answers that have the metric, and its square. */
  readonly count: number;
  readonly countSquared: number;
  /** Over users: of s, the sum of the metric over a user's answers, its square, and s times n. */
  readonly total: number;
  readonly totalSquared: number;
  readonly totalTimesCount: number;
}

/** A metric's mean over the answers of an arm. */
export interface ArmEstimate {
  readonly users: number;
  readonly count: number;
  readonly mean: number;
  /** Of the mean: its variance, not that of the answers. */
  readonly variance: number;
}

/**
 * The mean as a ratio of two sums over users, and its variance by the delta method (Deng, Knoblich, Lu: "Applying the
 * delta method in metric analytics", KDD 2018): exact for one answer a user, and right for many.
 * @returns undefined with fewer than two users, where nothing is known of the variance.
 */
export function estimateArm(sums: ArmSums): ArmEstimate | undefined {
  const { users, count, total } = sums;
  if (users < 2 || count <= 0) return undefined;
  const mean = total / count;
  const squares = sums.totalSquared - 2 * mean * sums.totalTimesCount + mean ** 2 * sums.countSquared;
  const perUser = Math.max(0, squares) / (users - 1);
  return { users, count, mean, variance: (perUser * users) / count ** 2 };
}
