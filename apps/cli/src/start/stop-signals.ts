const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What the operator asks for by signals: the first one to stop, the second to hurry. */
export interface StopSignals {
  readonly stop: AbortSignal;
  readonly hurry: AbortSignal;
}

/** Listens for as long as the process lives: a signal that nobody listened to would leave the children behind. */
export function listenForStop(): StopSignals {
  const stop = new AbortController();
  const hurry = new AbortController();
  const ask = (): void => (stop.signal.aborted ? hurry : stop).abort();
  for (const signal of SIGNALS) process.on(signal, ask);
  return { stop: stop.signal, hurry: hurry.signal };
}

/** Resolves when the signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
