import { WaitingError, type Job } from 'bullmq';

import { OPERATION_LIMIT_MS, within } from '../bounded.js';
import type { EntryData } from './entry-queue.js';

/** Hands entries on, one by one as they come, and gives back at its close those that were not yet taken note of. */
export class EntryIntake {
  #closed = false;
  readonly #held = new Set<() => void>();

  constructor(private readonly onEntry: (jobId: string) => Promise<void>) {}

  /** The processor of a BullMQ worker. */
  readonly process = async (entry: Job<EntryData, void>): Promise<void> => {
    if (!this.#closed && (await this.#offer(entry.id ?? ''))) return;
    await within(OPERATION_LIMIT_MS, entry.moveToWait(entry.token));
    throw new WaitingError();
  };

  close(): void {
    this.#closed = true;
    for (const release of this.#held) release();
  }

  /** @returns false when closing came before the note was taken. */
  async #offer(jobId: string): Promise<boolean> {
    let release: () => void = () => undefined;
    // A race against one promise for all would keep a reaction of every entry ever seen.
    const released = new Promise<boolean>((resolve) => {
      release = () => {
        resolve(false);
      };
    });
    this.#held.add(release);
    try {
      return await Promise.race([this.onEntry(jobId).then(() => true), released]);
    } finally {
      this.#held.delete(release);
    }
  }
}
