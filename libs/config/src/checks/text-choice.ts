import type { Place } from './place.js';

/** The texts of a field that everything said of it so far lets through. */
export class TextChoice {
  /** Undefined: any. */
  #among: ReadonlySet<string> | undefined;
  #amongBy: Place | undefined;
  readonly #apart = new Map<string, Place>();

  /** @param expand What a text stands for. */
  constructor(private readonly expand: (text: string) => readonly string[]) {}

  /** Takes in what is said at a place, a text or operators, and reports what leaves no text. */
  narrow(condition: Place): void {
    if (condition.text === undefined) {
      this.#keep(condition.at('eq'), [condition.at('eq')]);
      this.#keep(condition.at('in'), condition.at('in').items());
      for (const place of [condition.at('ne'), ...condition.at('notIn').items()]) this.#drop(place);
    } else this.#keep(condition, [condition]);
  }

  #keep(place: Place, texts: readonly Place[]): void {
    if (!place.exists) return;
    const wanted = texts.flatMap(({ text }) => (text === undefined ? [] : this.expand(text)));
    if (wanted.length === 0) return;
    const kept = wanted.filter((text) => (this.#among?.has(text) ?? true) && !this.#apart.has(text));
    if (kept.length === 0) this.#refuse(place, this.#amongBy ?? this.#apart.get(wanted[0] ?? ''));
    else [this.#among, this.#amongBy] = [new Set(kept), place];
  }

  #drop(place: Place): void {
    if (place.text === undefined) return;
    const dropped = this.expand(place.text);
    for (const text of dropped) this.#apart.set(text, place);
    if (!this.#among) return;
    const kept = [...this.#among].filter((text) => !dropped.includes(text));
    if (kept.length === 0) this.#refuse(place, this.#amongBy);
    else this.#among = new Set(kept);
  }

  #refuse(place: Place, other: Place | undefined): void {
    place.fault(`contradicts ${other?.describe() ?? 'the rest'}: no text meets both; mend one of them`);
  }
}
