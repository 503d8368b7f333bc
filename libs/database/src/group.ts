import { isNativeError } from 'node:util/types';
import { DatabaseBusyError, isTransient, isUnavailable } from './database-errors.js';

export interface GroupSettings<Item, Verdict> {
  /** For messages: what is grouped, such as `admit`. */
  readonly name: string;
  /**
   * Does all items in one statement that takes effect as a whole or not at all.
   * @returns a verdict for each item, in their order.
   */
  readonly run: (items: readonly Item[]) => Promise<readonly Verdict[]>;
  /** Items of one statement at most. Default 128. */
  readonly maxItems?: number;
  /** Bytes of one statement at most; an item above it goes alone. Default: no limit. */
  readonly maxBytes?: { readonly limit: number; readonly of: (item: Item) => number };
  /** Statements in flight at once. Default 1. */
  readonly lanes?: number;
  /** Items that may wait; more are refused with a `DatabaseBusyError`. Default 10,000. */
  readonly maxWaiting?: number;
}

/** Items that wait together go in one statement. */
export interface Group<Item, Verdict> {
  /**
   * @param signal Takes out an item that still waits; one that is in a statement gets its verdict.
   * @throws what running it alone raised, or what said that the database is unavailable: then all of its statement
   * reject, and whether it took effect is not known.
   */
  submit(item: Item, signal?: AbortSignal): Promise<Verdict>;
  /** Resolves when nothing waits and nothing is in flight. */
  drain(): Promise<void>;
}

interface Entry<Item, Verdict> {
  readonly item: Item;
  readonly bytes: number;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: unknown) => void;
  readonly forgetSignal: () => void;
}

const TRIES_OF_ONE = 3;

/**
 * Groups without a timer: a statement takes all that gathered while the one before it ran, so that an item that
 * comes alone waits for no other. A statement that raises is run again item by item, so that a poisoned one fails alone.
 */
export function createGroup<Item, Verdict>(settings: GroupSettings<Item, Verdict>): Group<Item, Verdict> {
  return new Lanes(settings);
}

class Lanes<Item, Verdict> implements Group<Item, Verdict> {
  readonly #settings: GroupSettings<Item, Verdict>;
  readonly #waiting = new Set<Entry<Item, Verdict>>();
  readonly #idle: (() => void)[] = [];
  #busyLanes = 0;
  #scheduled = false;

  constructor(settings: GroupSettings<Item, Verdict>) {
    this.#settings = settings;
  }

  submit(item: Item, signal?: AbortSignal): Promise<Verdict> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(reasonOf(signal));
      if (this.#waiting.size >= (this.#settings.maxWaiting ?? 10_000)) {
        return reject(new DatabaseBusyError(`Too many items wait to ${this.#settings.name}.`));
      }
      const takeOut = (): void => {
        if (this.#waiting.delete(entry)) reject(reasonOf(signal));
        this.#reportIdle();
      };
      const forgetSignal = (): void => signal?.removeEventListener('abort', takeOut);
      const bytes = this.#settings.maxBytes?.of(item) ?? 0;
      const entry: Entry<Item, Verdict> = { item, bytes, resolve, reject, forgetSignal };
      signal?.addEventListener('abort', takeOut, { once: true });
      this.#waiting.add(entry);
      this.#schedule();
    });
  }

  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#reportIdle();
    });
  }

  /** What comes in one turn of the event loop, from however many sockets, goes together. */
  #schedule(): void {
    if (this.#scheduled || this.#busyLanes >= (this.#settings.lanes ?? 1)) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.#waiting.size > 0 && this.#busyLanes < (this.#settings.lanes ?? 1)) void this.#runLane();
    });
  }

  async #runLane(): Promise<void> {
    this.#busyLanes += 1;
    await this.#runGroup(this.#take());
    this.#busyLanes -= 1;
    if (this.#waiting.size > 0) this.#schedule();
    this.#reportIdle();
  }

  #take(): Entry<Item, Verdict>[] {
    const { maxItems = 128, maxBytes } = this.#settings;
    const group: Entry<Item, Verdict>[] = [];
    let bytes = 0;
    for (const entry of this.#waiting) {
      bytes += entry.bytes;
      if (group.length > 0 && (group.length >= maxItems || (maxBytes && bytes > maxBytes.limit))) break;
      this.#waiting.delete(entry);
      entry.forgetSignal();
      group.push(entry);
    }
    return group;
  }

  async #runGroup(group: readonly Entry<Item, Verdict>[]): Promise<void> {
    try {
      settle(group, await this.#verdicts(group));
    } catch (error) {
      if (group.length === 1 || isUnavailable(error) || error instanceof WrongCountError) rejectAll(group, error);
      else await this.#runOneByOne(group);
    }
  }

  async #runOneByOne(group: readonly Entry<Item, Verdict>[]): Promise<void> {
    for (const [index, entry] of group.entries()) {
      try {
        settle([entry], await this.#verdicts([entry]));
      } catch (error) {
        if (isUnavailable(error)) return rejectAll(group.slice(index), error);
        entry.reject(error);
      }
    }
  }

  async #verdicts(group: readonly Entry<Item, Verdict>[]): Promise<readonly Verdict[]> {
    const items = group.map((entry) => entry.item);
    for (let tries = 1; ; tries += 1) {
      try {
        const verdicts = await this.#settings.run(items);
        if (verdicts.length === items.length) return verdicts;
        throw new WrongCountError(`${this.#settings.name}: ${verdicts.length} verdicts for ${items.length} items.`);
      } catch (error) {
        if (items.length > 1 || tries >= TRIES_OF_ONE || !isTransient(error)) throw error;
      }
    }
  }

  #reportIdle(): void {
    if (this.#busyLanes > 0 || this.#waiting.size > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** The statement took effect, so that it must not be run again, yet whose verdict is whose is not known. */
class WrongCountError extends Error {}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return isNativeError(reason) ? reason : new Error('This was given up.', { cause: reason });
}

function settle<Item, Verdict>(group: readonly Entry<Item, Verdict>[], verdicts: readonly Verdict[]): void {
  for (const [index, verdict] of verdicts.entries()) group[index]?.resolve(verdict);
}

function rejectAll<Item, Verdict>(group: readonly Entry<Item, Verdict>[], error: unknown): void {
  for (const entry of group) entry.reject(error);
}
