import { createGroup } from '@switchyard/database';

/** Bounds what is held in memory at once. */
export interface ByteGate {
  /**
   * Resolves when there is room, in the order of asking. What is larger than all the room has it for itself.
   * @param signal Takes whoever waits out of the line.
   * @returns gives the room back; calling it again does nothing.
   * @throws the signal's reason, or an `isUnavailable` error where too many wait.
   */
  enter(bytes: number, signal: AbortSignal): Promise<() => void>;
}

/** @param maxBytes That are held at once. @param maxWaiting That may wait in line. */
export function createByteGate({ maxBytes, maxWaiting }: { maxBytes: number; maxWaiting: number }): ByteGate {
  let held = 0;
  let roomChanged = Promise.withResolvers<void>();

  async function take({ bytes, signal }: { bytes: number; signal: AbortSignal }): Promise<() => void> {
    const left = Promise.withResolvers<never>();
    const leave = (): void => left.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    try {
      while (held > 0 && held + bytes > maxBytes) await Promise.race([roomChanged.promise, left.promise]);
      signal.throwIfAborted();
    } finally {
      signal.removeEventListener('abort', leave);
    }
    held += bytes;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      held -= bytes;
      roomChanged.resolve();
      roomChanged = Promise.withResolvers();
    };
  }

  // One at a time asks for room; the rest wait behind it.
  const line = createGroup({
    name: 'hold large results',
    maxItems: 1,
    maxWaiting,
    run: async (items: readonly Parameters<typeof take>[0][]) => await Promise.all(items.map(take)),
  });
  return { enter: (bytes, signal) => line.submit({ bytes, signal }, signal) };
}
