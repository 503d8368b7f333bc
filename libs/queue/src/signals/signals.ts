import { within } from '../bounded.js';
import type { EngineLink } from '../engines/engine.js';
import { ListenerTable, type SignalListener } from './listener-table.js';
import { RelayChannels } from './relay-channels.js';
import { channelOf, isPattern, isTopic } from './topic.js';

/** What waits to be sent on one channel: topics and texts by turns. */
interface Outbox {
  readonly texts: string[];
  bytes: number;
}

/** One signal, and one group of them, in bytes; the relay itself refuses 512 KiB. */
const LARGEST_SIGNAL_BYTES = 192 * 1024;
const LARGEST_OUTBOX_BYTES = 16 * 1024 * 1024;
/** Nobody waits for a signal: one that is late is better than one that counts as lost and comes all the same. */
const SEND_LIMIT_MS = 2_000;
/** A channel that nobody listens to any more stays subscribed for so long, for the next one who comes. */
const LINGER_MS = 10_000;

/** Live notices between processes: at most once, in order for each channel from each process, never kept. */
export class Signals {
  readonly #channels: RelayChannels;
  readonly #outboxes = new Map<string, Outbox>();
  readonly #listeners = new ListenerTable();
  readonly #lingering = new Map<string, NodeJS.Timeout>();
  readonly #recoveredListeners = new Set<() => void>();
  #dropped = 0;
  #closed = false;

  constructor(
    private readonly link: EngineLink,
    name: string,
  ) {
    this.#channels = new RelayChannels(link, name, {
      received: (channel, texts) => {
        this.#receive(channel, texts);
      },
      recovered: () => {
        for (const listener of this.#recoveredListeners) this.#call(listener);
      },
    });
  }

  /** Signals that were not sent since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  publish(topic: string, data: unknown): void {
    const text = this.#closed || this.link.availability.away || !isTopic(topic) ? undefined : serialize(data);
    const channel = channelOf(topic);
    const outbox = this.#outboxes.get(channel) ?? { texts: [], bytes: 0 };
    const bytes = text === undefined ? 0 : Buffer.byteLength(text);
    if (text === undefined || bytes > LARGEST_SIGNAL_BYTES || outbox.bytes + bytes > LARGEST_OUTBOX_BYTES) {
      this.#dropped += 1;
      return;
    }
    outbox.texts.push(topic, text);
    outbox.bytes += bytes;
    if (this.#outboxes.has(channel)) return;
    this.#outboxes.set(channel, outbox);
    void this.#drain(channel, outbox);
  }

  async subscribe(pattern: string, listener: SignalListener): Promise<() => void> {
    if (!isPattern(pattern)) throw new RangeError(`No topic or pattern: ${JSON.stringify(pattern)}.`);
    const channel = channelOf(pattern);
    const remove = this.#listeners.add(pattern, listener);
    clearTimeout(this.#lingering.get(channel));
    await this.#channels.listen(channel);
    return () => {
      remove();
      if (!this.#closed && !this.#listeners.has(channel)) this.#linger(channel);
    };
  }

  onRecovered(listener: () => void): () => void {
    this.#recoveredListeners.add(listener);
    return () => this.#recoveredListeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#lingering.values()) clearTimeout(timer);
    await this.#channels.close();
  }

  /** One group in flight for each channel; the next takes what has gathered. */
  async #drain(channel: string, outbox: Outbox): Promise<void> {
    // What the same tick still publishes travels along.
    await Promise.resolve();
    while (outbox.texts.length > 0) {
      const group = takeGroup(outbox);
      try {
        await within(SEND_LIMIT_MS, this.#channels.send(channel, group));
      } catch (error) {
        this.#dropped += group.length / 2;
        this.link.availability.suspect(error);
      }
    }
    this.#outboxes.delete(channel);
  }

  #receive(channel: string, texts: readonly unknown[]): void {
    for (let index = 0; index + 1 < texts.length; index += 2) {
      const topic = texts[index];
      const text = texts[index + 1];
      if (typeof topic !== 'string' || typeof text !== 'string') continue;
      for (const listener of this.#listeners.of(channel, topic)) {
        this.#call(() => {
          listener({ topic, data: JSON.parse(text) });
        });
      }
    }
  }

  /** A listener that throws is its own fault: the others are still called. */
  #call(listener: () => void): void {
    try {
      listener();
    } catch (error) {
      this.link.availability.logFault(error, 'A listener for signals threw.');
    }
  }

  #linger(channel: string): void {
    clearTimeout(this.#lingering.get(channel));
    const timer = setTimeout(() => {
      this.#lingering.delete(channel);
      if (!this.#listeners.has(channel)) this.#channels.unlisten(channel);
    }, LINGER_MS).unref();
    this.#lingering.set(channel, timer);
  }
}

function takeGroup(outbox: Outbox): string[] {
  let bytes = 0;
  let count = 0;
  for (; count < outbox.texts.length; count += 2) {
    const size = Buffer.byteLength(outbox.texts[count + 1] ?? '');
    if (count > 0 && bytes + size > LARGEST_SIGNAL_BYTES) break;
    bytes += size;
  }
  outbox.bytes -= bytes;
  return outbox.texts.splice(0, count);
}

/** @returns undefined for what JSON cannot say. */
function serialize(data: unknown): string | undefined {
  try {
    return JSON.stringify(data ?? null);
  } catch {
    return undefined;
  }
}
