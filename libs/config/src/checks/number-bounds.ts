import type { Place } from './place.js';

/** A bound and the place that set it; none for the range of the field itself. */
interface Bound {
  readonly value: number;
  /** Whether the value itself is outside. */
  readonly open: boolean;
  readonly by: Place | undefined;
}

/** The values of a field that everything said of it so far lets through. */
export class NumberBounds {
  #low: Bound;
  #high: Bound;
  readonly #range: readonly [number, number];

  constructor(range: readonly [number, number]) {
    this.#range = range;
    this.#low = { value: range[0], open: false, by: undefined };
    this.#high = { value: range[1], open: false, by: undefined };
  }

  /** Takes in what is said at a place, a number or operators, and reports what leaves no value. */
  narrow(condition: Place): void {
    const exact = condition.number === undefined ? condition.at('eq') : condition;
    this.#raise(condition.at('gt'), true);
    this.#raise(condition.at('gte'), false);
    this.#lower(condition.at('lt'), true);
    this.#lower(condition.at('lte'), false);
    this.#raise(exact, false);
    this.#lower(exact, false);
    const apart = condition.at('ne');
    if (apart.number !== undefined && apart.number === this.#low.value && apart.number === this.#high.value) {
      this.#refuse(apart, this.#low);
    }
  }

  /** Whether a condition lets every value of the range through. */
  holdsFor(condition: Place): boolean {
    const [least, most] = this.#range;
    return (
      condition.isMap &&
      condition.entries().every(([operator, { number = NaN }]) => {
        if (operator === 'gt') return number < least;
        if (operator === 'gte') return number <= least;
        if (operator === 'lt') return number > most;
        return operator === 'lte' && number >= most;
      })
    );
  }

  #raise(by: Place, open: boolean): void {
    const value = by.number;
    if (value === undefined) return;
    if (value > this.#high.value || (value === this.#high.value && (open || this.#high.open))) {
      this.#refuse(by, this.#high);
    } else if (value > this.#low.value || (value === this.#low.value && open)) this.#low = { value, open, by };
  }

  #lower(by: Place, open: boolean): void {
    const value = by.number;
    if (value === undefined) return;
    if (value < this.#low.value || (value === this.#low.value && (open || this.#low.open))) {
      this.#refuse(by, this.#low);
    } else if (value < this.#high.value || (value === this.#high.value && open)) this.#high = { value, open, by };
  }

  #refuse(place: Place, { by }: Bound): void {
    const [least, most] = this.#range;
    if (by) place.fault(`contradicts ${by.describe()}: no value meets both; mend one of them`);
    else if (most === Infinity) place.fault(`is never met: the field is ${least} or more`);
    else place.fault(`is never met: the field is from ${least} to ${most}`);
  }
}
