import { channelOf, compilePattern } from './topic.js';

/** A signal as it arrives. `data` comes from another process: parse it before use. */
export interface Signal {
  readonly topic: string;
  readonly data: unknown;
}
export type SignalListener = (signal: Signal) => void;

interface ChannelListeners {
  count: number;
  /** By topic: thousands may wait for one topic each. */
  readonly exact: Map<string, Set<SignalListener>>;
  readonly patterns: Set<{ readonly matches: (topic: string) => boolean; readonly listener: SignalListener }>;
}

/** Who listens to what in this process. */
export class ListenerTable {
  readonly #channels = new Map<string, ChannelListeners>();

  /** @returns a function that takes the listener out again; calling it twice does no harm. */
  add(pattern: string, listener: SignalListener): () => void {
    const channel = channelOf(pattern);
    const listeners = this.#channels.get(channel) ?? { count: 0, exact: new Map(), patterns: new Set() };
    this.#channels.set(channel, listeners);
    listeners.count += 1;
    const matches = compilePattern(pattern);
    const remove =
      matches === undefined ? addExact(listeners, pattern, listener) : addPattern(listeners, matches, listener);
    return () => {
      if (!remove()) return;
      listeners.count -= 1;
      if (listeners.count === 0) this.#channels.delete(channel);
    };
  }

  /** @returns whether anybody listens to anything on this channel. */
  has(channel: string): boolean {
    return this.#channels.has(channel);
  }

  /** The listeners of one topic; an empty array for most. */
  of(channel: string, topic: string): readonly SignalListener[] {
    const listeners = this.#channels.get(channel);
    if (listeners === undefined) return [];
    const found = [...(listeners.exact.get(topic) ?? [])];
    for (const { matches, listener } of listeners.patterns) if (matches(topic)) found.push(listener);
    return found;
  }
}

function addExact({ exact }: ChannelListeners, topic: string, listener: SignalListener): () => boolean {
  const listeners = exact.get(topic) ?? new Set();
  // One function may listen twice; each time counts.
  const own: SignalListener = (signal) => {
    listener(signal);
  };
  exact.set(topic, listeners.add(own));
  return () => {
    const removed = listeners.delete(own);
    if (listeners.size === 0) exact.delete(topic);
    return removed;
  };
}

function addPattern(
  { patterns }: ChannelListeners,
  matches: (topic: string) => boolean,
  listener: SignalListener,
): () => boolean {
  const own = { matches, listener };
  patterns.add(own);
  return () => patterns.delete(own);
}
