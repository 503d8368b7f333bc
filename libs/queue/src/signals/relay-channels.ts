import type { Relay, RelaySubscription } from 'bullmq';

import { OPERATION_LIMIT_MS, within } from '../bounded.js';
import type { EngineLink } from '../engines/engine.js';

interface ChannelEvents {
  /** Texts that arrived together on a channel, in the order in which they were sent. */
  received(channel: string, texts: readonly unknown[]): void;
  /** Signals may have been missed. */
  recovered(): void;
}

const RETRY_MS = 1_000;
const CLOSE_LIMIT_MS = 1_500;

/**
 * Named channels between processes, over BullMQ's relay. Keeps the channels that are wanted subscribed, through a relay
 * that failed to start, a backend that was away, and a registration that was lost.
 */
export class RelayChannels {
  #relay: Promise<Relay<never>> | undefined;
  /** Also while it starts, so that closing need not wait for that. */
  #newest: Relay<never> | undefined;
  readonly #wanted = new Set<string>();
  readonly #subscriptions = new Map<string, RelaySubscription>();
  #syncing: Promise<boolean> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly link: EngineLink,
    private readonly name: string,
    private readonly events: ChannelEvents,
  ) {
    link.availability.onBack(() => {
      void this.#sync().then(() => {
        events.recovered();
      });
    });
  }

  /** @throws what the backend throws; the caller bounds it in time. */
  async send(channel: string, texts: readonly string[]): Promise<void> {
    const relay = await this.#open();
    await relay.publish(channel, texts);
  }

  /** Resolves when the channel is subscribed, or after 400 ms; it is then subscribed later, and `recovered` follows. */
  async listen(channel: string): Promise<void> {
    this.#wanted.add(channel);
    if (this.#subscriptions.has(channel)) return;
    await within(OPERATION_LIMIT_MS, this.#sync()).catch(this.link.availability.suspect);
  }

  unlisten(channel: string): void {
    this.#wanted.delete(channel);
    void this.#sync();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    if (this.#newest === undefined) return;
    await within(CLOSE_LIMIT_MS, this.#newest.close()).catch(() => undefined);
  }

  #open(): Promise<Relay<never>> {
    this.#relay ??= this.#start().catch((error: unknown) => {
      this.#relay = undefined;
      throw error;
    });
    return this.#relay;
  }

  async #start(): Promise<Relay<never>> {
    const relay = this.link.engine.createRelay(this.name);
    this.#newest = relay;
    relay.on('error', this.link.availability.suspect);
    relay.on('recovered', () => {
      this.events.recovered();
    });
    try {
      await relay.waitUntilReady();
      return relay;
    } catch (error) {
      // Its start is not tried again by the relay itself.
      await relay.close().catch(() => undefined);
      throw error;
    }
  }

  /**
   * Brings what is subscribed in line with what is wanted. Never rejects: what failed is tried again.
   * @returns whether it is in line.
   */
  #sync(): Promise<boolean> {
    this.#syncing ??= this.#bringInLine().finally(() => {
      this.#syncing = undefined;
    });
    return this.#syncing;
  }

  async #bringInLine(): Promise<boolean> {
    try {
      // What is wanted may change while this waits, and a late caller joins it.
      for (let change = this.#nextChange(); change !== undefined; change = this.#nextChange()) {
        if (this.#closed) return false;
        await change();
      }
      return true;
    } catch (error) {
      this.link.availability.suspect(error);
      this.#retryLater();
      return false;
    }
  }

  #nextChange(): (() => Promise<void>) | undefined {
    for (const channel of this.#wanted) {
      if (!this.#subscriptions.has(channel)) return () => this.#subscribe(channel);
    }
    for (const [channel, subscription] of this.#subscriptions) {
      if (!this.#wanted.has(channel)) {
        return async () => {
          this.#subscriptions.delete(channel);
          await subscription.unsubscribe();
        };
      }
    }
    return undefined;
  }

  async #subscribe(channel: string): Promise<void> {
    const relay = await this.#open();
    const subscription = await relay.subscribe<unknown>(channel, ({ data }) => {
      if (Array.isArray(data)) this.events.received(channel, data);
    });
    this.#subscriptions.set(channel, subscription);
  }

  #retryLater(): void {
    if (this.#closed) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      void this.#sync().then((inLine) => {
        if (inLine) this.events.recovered();
      });
    }, RETRY_MS).unref();
  }
}
