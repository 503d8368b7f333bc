/** Someone who takes turns; `weight` above 0. */
export interface TurnTaker {
  readonly name: string;
  readonly weight: number;
}

/**
 * Whose turn it is, for each balancer of one process. Smooth weighted round robin: each time all who can take the turn
 * are credited with their weight, the one with the most credit takes it and pays for all. So over any number of turns
 * each one has had its share to within one turn, and a heavy one's turns are spread among the others'. With several
 * processes each keeps its own book, and the shares hold to within one turn for each process.
 */
export class Turns {
  readonly #credit = new Map<string, Map<string, number>>();

  /** Whose turn it is among those who can take it now. */
  next<Taker extends TurnTaker>(balancer: string, takers: readonly [Taker, ...Taker[]]): Taker {
    const credit = this.#credit.get(balancer);
    let [best] = takers;
    let most = -Infinity;
    for (const taker of takers) {
      const own = (credit?.get(taker.name) ?? 0) + taker.weight;
      if (own > most) [best, most] = [taker, own];
    }
    return best;
  }

  /** Uses a turn. */
  take(balancer: string, takers: readonly TurnTaker[], taken: TurnTaker): void {
    const before = this.#credit.get(balancer);
    // Of those who could not take part the credit stays as it was.
    const after = new Map(before);
    let paid = 0;
    for (const { name, weight } of takers) {
      after.set(name, (before?.get(name) ?? 0) + weight);
      paid += weight;
    }
    after.set(taken.name, (after.get(taken.name) ?? 0) - paid);
    this.#credit.set(balancer, after);
  }
}
