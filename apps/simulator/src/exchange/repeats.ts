import { digestOf } from '../content/seed.js';

const KEPT = 10_000;

/** How often the same request came, for faults that end after a number of tries. The longest ago seen is forgotten. */
export class Repeats {
  private readonly seen = new Map<string, number>();

  /** @returns 1 for the first. */
  count(...parts: readonly string[]): number {
    const key = digestOf(...parts).toString('base64');
    const count = (this.seen.get(key) ?? 0) + 1;
    this.seen.delete(key);
    this.seen.set(key, count);
    const oldest = this.seen.keys().next();
    if (this.seen.size > KEPT && !oldest.done) this.seen.delete(oldest.value);
    return count;
  }
}
