import { StartError } from '@switchyard/config';
import type { Provider } from '@switchyard/contract';
import type { Logger } from '@switchyard/telemetry';
import { reasonOf, tryUntilDone } from './try-until-done.js';

/** A provider under its name. */
interface Named {
  readonly name: string;
  readonly provider: Pick<Provider, 'auth'>;
}

/** A token service has this long for a start that waits for it, in milliseconds. */
const STRICT_LIMIT_MS = 60_000;

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
      await provider.auth.validate(AbortSignal.timeout(STRICT_LIMIT_MS));
    } catch (error) {
      throw new StartError(`providers.${name} cannot be authorized: ${reasonOf(error)}`, { cause: error });
    }
  }
}

function goesWithToken({ provider }: Named): boolean {
  const { kind } = provider.auth.status();
  return kind !== 'none' && kind !== 'api_key';
}

function authorize({ name, provider }: Named, logger: Logger, signal: AbortSignal): Promise<void> {
  return tryUntilDone(
    async () => {
      const { kind, expiresAt } = await provider.auth.validate(signal);
      logger.info({ provider: name, kind, expiresAt }, 'authorized');
    },
    (reason) => logger.warn({ provider: name, reason }, 'the provider is unhealthy: no token; it is tried again'),
    signal,
  );
}
