import type { JobsOptions } from 'bullmq';

import { OPERATION_LIMIT_MS, QueueUnavailableError, unavailable, within } from '../bounded.js';
import type { EngineLink } from '../engines/engine.js';
import { assertEntry, type Entry } from './entry.js';
import { EntryIntake } from './entry-intake.js';
import { EntryQueue } from './entry-queue.js';
import { EntryWorker } from './entry-worker.js';
import { GROUP_SIZE, GroupedAdds } from './grouped-adds.js';

/** How many entries of one provider there are. */
export interface QueueDepth {
  /** Ready to be delivered. */
  readonly waiting: number;
  /** Not yet due. */
  readonly delayed: number;
  /** Delivered to a consumer that has not yet taken note. */
  readonly active: number;
}

export interface ConsumeOptions {
  /** Entries that may be held at once, waiting for `onEntry`. At least 1. */
  readonly concurrency: number;
  /**
   * Takes note of a wake-up and resolves when there is room for the next; the entry is then gone. When it rejects, the
   * entry is gone too. It may be called again for an entry whose consumer died.
   */
  readonly onEntry: (jobId: string) => Promise<void>;
}

export interface EntryConsumer {
  /** Stops delivery and puts what is still held back on the queue. Takes at most a second; never rejects. */
  close(): Promise<void>;
}

const CLOSE_LIMIT_MS = 1_000;
/** The name that BullMQ wants of every job; ours are told apart by their ids. */
const ENTRY_NAME = 'entry';

/** The entries of all providers: a queue for each name, made when first needed. */
export class Entries {
  readonly #adds = new Map<string, GroupedAdds>();
  readonly #consumers = new Set<EntryConsumer>();

  constructor(private readonly link: EngineLink) {}

  async add(provider: string, entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) assertEntry(entry);
    const adds = this.#addsOf(provider);
    for (let start = 0; start < entries.length; start += GROUP_SIZE) {
      await adds.add(entries.slice(start, start + GROUP_SIZE));
    }
  }

  async remove(provider: string, jobIds: readonly string[]): Promise<void> {
    const queue = this.#queueOf(provider);
    for (let start = 0; start < jobIds.length; start += GROUP_SIZE) {
      const group = jobIds.slice(start, start + GROUP_SIZE);
      await this.#ask(() => Promise.all(group.map((jobId) => queue.remove(jobId))));
    }
  }

  async depth(provider: string): Promise<QueueDepth> {
    const queue = this.#queueOf(provider);
    const counts = await this.#ask(() => queue.getJobCounts('wait', 'prioritized', 'delayed', 'active'));
    const { wait = 0, prioritized = 0, delayed = 0, active = 0 } = counts;
    return { waiting: wait + prioritized, delayed, active };
  }

  consume(provider: string, { concurrency, onEntry }: ConsumeOptions): EntryConsumer {
    const intake = new EntryIntake(onEntry);
    const worker = new EntryWorker(provider, intake.process, { connection: this.link, concurrency });
    const consumer = {
      close: async () => {
        intake.close();
        await within(CLOSE_LIMIT_MS, worker.close()).catch(() => undefined);
        this.#consumers.delete(consumer);
      },
    };
    this.#consumers.add(consumer);
    return consumer;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    const closing = [...this.link.queues.values()].map((queue) => queue.close());
    await within(CLOSE_LIMIT_MS, Promise.allSettled(closing)).catch(() => undefined);
  }

  #queueOf(provider: string): EntryQueue {
    return this.link.queues.get(provider) ?? new EntryQueue(provider, { connection: this.link });
  }

  #addsOf(provider: string): GroupedAdds {
    const existing = this.#adds.get(provider);
    if (existing) return existing;
    const adds = new GroupedAdds((entries) => this.#send(provider, entries), this.link.availability);
    this.#adds.set(provider, adds);
    return adds;
  }

  async #send(provider: string, entries: readonly Entry[]): Promise<void> {
    const queue = this.#queueOf(provider);
    const [first, ...others] = entries.map((entry) => ({ name: ENTRY_NAME, data: {}, opts: optionsOf(entry) }));
    if (first === undefined) return;
    if (others.length === 0) await queue.add(first.name, first.data, first.opts);
    else await queue.addBulk([first, ...others]);
  }

  async #ask<Value>(operation: () => Promise<Value>): Promise<Value> {
    if (this.link.availability.away) throw new QueueUnavailableError('The queue is away.');
    try {
      return await within(OPERATION_LIMIT_MS, operation());
    } catch (error) {
      this.link.availability.suspect(error);
      throw unavailable(error);
    }
  }
}

function optionsOf({ jobId, priority, delayMs = 0 }: Entry): JobsOptions {
  return { jobId, priority, delay: Math.ceil(delayMs), attempts: 1, removeOnComplete: true, removeOnFail: true };
}
