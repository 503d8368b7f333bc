/** Takes a text piece by piece and ends it before the first of some texts, of which nothing is ever handed on. */
export class StopText {
  #held = '';
  #stopped = false;

  constructor(private readonly stops: readonly string[]) {}

  get stopped(): boolean {
    return this.#stopped;
  }

  /** @returns what of the text so far certainly comes before any stop. */
  add(piece: string): string {
    if (this.#stopped) return '';
    const text = this.#held + piece;
    const places = this.stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0);
    if (places.length > 0) {
      this.#stopped = true;
      this.#held = '';
      return text.slice(0, Math.min(...places));
    }
    const open = Math.max(0, ...this.stops.map((stop) => lengthOfBeginning(text, stop)));
    this.#held = text.slice(text.length - open);
    return text.slice(0, text.length - open);
  }

  /** @returns what was held back and turned out to be no stop. */
  end(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }
}

/** How many characters at the end of a text could be the beginning of a stop. */
function lengthOfBeginning(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length -= 1) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
