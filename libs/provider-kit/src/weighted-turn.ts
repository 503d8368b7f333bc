/** Who takes turns with others. */
export interface TurnTaker {
  /** Its share among the others, above 0. */
  readonly weight: number;
  /** For `nextTurn` alone. Begins at 0. */
  credit: number;
}

/**
 * Whose turn it is, as often as its weight says and as evenly as that allows: 3 to 1 is a, a, b, a. (Smooth weighted
 * round robin.) Uses that turn.
 * @param candidates at least one.
 */
export function nextTurn<T extends TurnTaker>(candidates: readonly T[]): T {
  for (const candidate of candidates) candidate.credit += candidate.weight;
  const chosen = candidates.reduce((most, each) => (each.credit > most.credit ? each : most));
  chosen.credit -= candidates.reduce((sum, { weight }) => sum + weight, 0);
  return chosen;
}
