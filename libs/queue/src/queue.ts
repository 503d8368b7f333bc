import type { EngineLink } from './engines/engine.js';
import type { Entry } from './entries/entry.js';
import { Entries, type ConsumeOptions, type EntryConsumer, type QueueDepth } from './entries/entries.js';
import type { SignalListener } from './signals/listener-table.js';
import { Signals } from './signals/signals.js';

/**
 * Delivers entries (wake-ups for workers) and signals (live notices between processes). Nothing correct depends on it:
 * which job runs is decided by a claim in the database. While its backend is away every method fails fast or does nothing,
 * it reconnects by itself, and no error of it ends the process.
 */
export class Queue {
  readonly #entries: Entries;
  readonly #signals: Signals;
  #closing: Promise<void> | undefined;

  /**
   * Use `openQueue`.
   * @param link is what QueueModule hands to @nestjs/bullmq.
   */
  constructor(
    readonly link: EngineLink,
    name: string,
  ) {
    this.#entries = new Entries(link);
    this.#signals = new Signals(link, name);
  }

  /** Which store is behind it. */
  get engine(): 'postgres' | 'redis' {
    return this.link.engine.name;
  }

  /** Whether its backend answers. */
  get available(): boolean {
    return this.link.availability.up;
  }

  /** Signals that were not sent since the start: the backend was away, or the signal was larger than 192 KiB. */
  get droppedSignals(): number {
    return this.#signals.dropped;
  }

  /**
   * Puts entries on the queue of one provider. An entry whose job still has one there is not added again, and not
   * changed either.
   * @throws QueueUnavailableError within half a second while the backend is away: carry on, the reconciler adds them later.
   * @throws RangeError when a job id, priority or delay is out of bounds; none of the entries is added then.
   */
  async addEntries(provider: string, entries: readonly Entry[]): Promise<void> {
    await this.#entries.add(provider, entries);
  }

  /**
   * Takes entries off the queue of one provider, those that are not there or being delivered just now excepted.
   * @throws QueueUnavailableError as `addEntries`.
   */
  async removeEntries(provider: string, jobIds: readonly string[]): Promise<void> {
    await this.#entries.remove(provider, jobIds);
  }

  /**
   * How many entries one provider has: for display, not for decisions.
   * @throws QueueUnavailableError as `addEntries`.
   */
  async depth(provider: string): Promise<QueueDepth> {
    return this.#entries.depth(provider);
  }

  /** Delivers the entries of one provider to this process until the consumer is closed, through outages of the backend. */
  consumeEntries(provider: string, options: ConsumeOptions): EntryConsumer {
    return this.#entries.consume(provider, options);
  }

  /**
   * Sends a signal to whoever listens now. Returns at once and never throws; what cannot be sent is dropped and counted.
   *
   * A topic is up to 16 segments of `A–Z a–z 0–9 _ : % -` with dots between, its first segment the *channel*: all signals
   * of a channel go to every process that listens to anything on it, grouped, in the order of their publishing. So what is
   * meant for one process belongs on a channel of its own (`api-7f3a.job_….finished`).
   * @param data JSON, at most 192 KiB; unlike an entry it may carry an answer.
   */
  publish(topic: string, data: unknown): void {
    this.#signals.publish(topic, data);
  }

  /**
   * Listens to a topic, or to a pattern in which `*` stands for one segment and a last `>` for one or more; the channel
   * must be literal. Further listeners on a channel cost no round trip.
   *
   * Resolves once signals arrive, so that state that is read afterwards misses none; while the backend is away it
   * resolves within half a second all the same, and `onRecovered` tells when signals arrive.
   * @returns a function that ends it.
   * @throws RangeError when the pattern is none.
   */
  async subscribe(pattern: string, listener: SignalListener): Promise<() => void> {
    return this.#signals.subscribe(pattern, listener);
  }

  /**
   * Calls the listener each time that signals may have been missed (an outage, a lost registration) and arrive again: read
   * again what you wait for. @returns a function that ends it.
   */
  onRecovered(listener: () => void): () => void {
    return this.#signals.onRecovered(listener);
  }

  /**
   * Stops consumers, signals and connections; a second call waits for the first. Takes at most some four seconds, and a few
   * milliseconds where the backend answers. A pool that was handed in stays open: end it afterwards.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([this.#entries.close(), this.#signals.close()]);
    this.link.availability.close();
    await this.link.engine.close();
  }
}
