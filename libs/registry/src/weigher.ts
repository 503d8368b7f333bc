import { setImmediate } from 'node:timers/promises';
import type { TokenCounter } from './token-counter.js';

/** Characters that are counted before others get their turn: about 10 ms, and 60 of what is hardest to count. */
const SLICE_LENGTH = 5_000;

/** Weighs texts piece by piece, and lets others have their turn between pieces. */
export class Weigher {
  #counted = 0;

  /** @param signal Ends the count, and rejects with its reason. */
  constructor(
    private readonly counter: TokenCounter,
    private readonly signal?: AbortSignal,
  ) {}

  /** Tokens of a text, a fraction where they are estimated. @param limit No more is counted once it is passed. */
  async weigh(text: string, limit = Infinity): Promise<number> {
    let tokens = 0;
    for (let start = 0; start < text.length && tokens <= limit; start += SLICE_LENGTH) {
      tokens += await this.#weighSlice(text.slice(start, start + SLICE_LENGTH));
    }
    return tokens;
  }

  async #weighSlice(slice: string): Promise<number> {
    const tokens = this.counter.weigh(slice);
    this.#counted += slice.length;
    if (this.#counted >= SLICE_LENGTH) {
      this.#counted = 0;
      await setImmediate();
      this.signal?.throwIfAborted();
    }
    return tokens;
  }
}

let last: Promise<unknown> = Promise.resolve();

/** One prompt is counted at a time, so that many of them leave room for everything else. */
export async function inTurn<Result>(work: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  const turn = last.then(() => {
    signal?.throwIfAborted();
    return work();
  });
  last = turn.catch(() => undefined);
  return await turn;
}
