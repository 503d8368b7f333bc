import { StartError } from '@switchyard/config';
import { ProviderError, type Provider } from '@switchyard/contract';
import type { Logger } from '@switchyard/telemetry';

/** A provider under its name. */
interface Named {
  readonly name: string;
  readonly provider: Pick<Provider, 'auth'>;
}

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Fetches the first token of each provider that goes with one, before a job waits for it. A token service that is down or
 * a file that is gone stops nobody: it is reported by name and mend and tried again, and the other providers serve.
 * @returns what ends it.
 */
export function authorizeEarly(providers: readonly Named[], logger: Logger): () => void {
  const abort = new AbortController();
  for (const each of providers.filter(goesWithToken)) void authorize(each, logger, abort.signal);
  return () => abort.abort();
}

/** The same where a start that is not whole is none (`SWITCHYARD_STRICT`). @throws StartError for the first that fails. */
export async function authorizeStrictly(providers: readonly Named[]): Promise<void> {
  for (const { name, provider } of providers.filter(goesWithToken)) {
    try {
      await provider.auth.validate(AbortSignal.timeout(LONGEST_PAUSE_MS));
    } catch (error) {
      throw new StartError(`providers.${name} cannot be authorized: ${reasonOf(error)}`, { cause: error });
    }
  }
}

function goesWithToken({ provider }: Named): boolean {
  const { kind } = provider.auth.status();
  return kind !== 'none' && kind !== 'api_key';
}

async function authorize({ name, provider }: Named, logger: Logger, signal: AbortSignal): Promise<void> {
  let told: string | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      const { kind, expiresAt } = await provider.auth.validate(signal);
      logger.info({ provider: name, kind, expiresAt }, 'authorized');
      return;
    } catch (error) {
      if (signal.aborted) return;
      const reason = reasonOf(error);
      if (reason !== told)
        logger.warn({ provider: name, reason }, 'the provider is unhealthy: no token; it is tried again');
      told = reason;
    }
    await pause(pauseMs, signal);
  }
}

/** Only the words of failures that are made to be shown. */
function reasonOf(error: unknown): string {
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
