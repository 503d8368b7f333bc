/** What a command says when it is asked to stop. */
export const STOPPING = 'Stopping…';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How often it is looked whether npm is still there, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/** What the operator asks for by signals: the first one to stop, the second to hurry. */
export interface StopSignals {
  readonly stop: AbortSignal;
  readonly hurry: AbortSignal;
}

/**
 * Listens for as long as the process lives: a signal that nobody listened to would leave the children behind.
 * @param onStop Called once, when the operator asks to stop, before anything is stopped.
 */
export function listenForStop(onStop: () => void): StopSignals {
  const stop = new AbortController();
  const hurry = new AbortController();
  const ask = (): void => {
    if (stop.signal.aborted) return hurry.abort();
    onStop();
    stop.abort();
  };
  for (const signal of SIGNALS) process.on(signal, ask);
  whenNpmIsGone(() => !stop.signal.aborted && ask());
  return { stop: stop.signal, hurry: hurry.signal };
}

/** npm passes signals on to what it runs, but not its own SIGKILL. */
function whenNpmIsGone(call: () => void): void {
  if (!['start', 'demo'].includes(process.env['npm_lifecycle_event'] ?? '')) return;
  const npm = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(timer);
    call();
  }, LOOK_EVERY_MS).unref();
}

/** Resolves when the signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
