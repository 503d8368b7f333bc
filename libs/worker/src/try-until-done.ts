import { ProviderError } from '@switchyard/contract';

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Does something that other processes may keep from being done, again and again, after longer and longer pauses.
 * @param work fails with a `ProviderError`; of any other failure nothing is told.
 * @param onFailure gets the reason when it is another one than before.
 * @param signal ends it.
 */
export async function tryUntilDone(
  work: (signal: AbortSignal) => Promise<void>,
  onFailure: (reason: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let told: string | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      await work(signal);
      return;
    } catch (error) {
      if (signal.aborted) return;
      const reason = reasonOf(error);
      if (reason !== told) onFailure(reason);
      told = reason;
    }
    await pause(pauseMs, signal);
  }
}

/** Only the words of failures that are made to be shown. */
export function reasonOf(error: unknown): string {
  return error instanceof ProviderError ? error.message : 'it failed without a reason that can be shown.';
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end, { once: true });
  });
}
