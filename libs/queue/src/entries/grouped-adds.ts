import type { Availability } from '../availability.js';
import { OPERATION_LIMIT_MS, QueueUnavailableError, unavailable, within } from '../bounded.js';
import type { Entry } from './entry.js';

interface WaitingAdd {
  readonly entries: readonly Entry[];
  resolve(): void;
  reject(error: unknown): void;
}

/** Entries in one statement at most, unless one caller brings more. */
export const GROUP_SIZE = 100;
/** Callers that may wait for one queue; more are refused at once. */
const WAITING_LIMIT = 10_000;

/** Adds to one queue: one statement in flight, the next takes all that has gathered meanwhile. */
export class GroupedAdds {
  #waiting: WaitingAdd[] = [];
  #sending = false;

  constructor(
    private readonly send: (entries: readonly Entry[]) => Promise<unknown>,
    private readonly availability: Availability,
  ) {}

  /** @throws QueueUnavailableError within 400 ms of a queue that does not answer, at once where that is known. */
  add(entries: readonly Entry[]): Promise<void> {
    if (this.availability.away) return Promise.reject(new QueueUnavailableError('The queue is away.'));
    if (this.#waiting.length >= WAITING_LIMIT)
      return Promise.reject(new QueueUnavailableError('The queue is too slow.'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entries, resolve, reject });
      if (!this.#sending) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    // What the same tick still adds travels along.
    await Promise.resolve();
    for (let group = this.#take(); group.length > 0; group = this.#take()) {
      try {
        await within(OPERATION_LIMIT_MS, this.send(group.flatMap((add) => add.entries)));
        for (const add of group) add.resolve();
      } catch (error) {
        this.availability.suspect(error);
        const refused = unavailable(error);
        for (const add of group) add.reject(refused);
        // Those who waited behind a statement that hangs have waited their share.
        if (refused === error) for (const add of this.#waiting.splice(0)) add.reject(refused);
      }
    }
    this.#sending = false;
  }

  #take(): WaitingAdd[] {
    let size = 0;
    let count = 0;
    for (const add of this.#waiting) {
      size += add.entries.length;
      if (count > 0 && size > GROUP_SIZE) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}
