import type { Preparation, Provider } from '@switchyard/contract';
import type { Logger } from '@switchyard/telemetry';
import { tryUntilDone } from './try-until-done.js';

/** A provider under its name. */
interface Named {
  readonly name: string;
  readonly provider: Pick<Provider, 'prepare'>;
}

/** Progress is logged when so much more is done. */
const LOGGED_FRACTION = 0.1;

/**
 * Makes providers ready in the background, each as often as it takes. What cannot be made ready is reported by name and
 * mend and tried again; everything else serves meanwhile.
 * @returns what ends it.
 */
export function prepareProviders(providers: readonly Named[], logger: Logger): () => void {
  const abort = new AbortController();
  for (const each of providers) void prepare(each, logger, abort.signal);
  return () => abort.abort();
}

async function prepare({ name, provider }: Named, logger: Logger, signal: AbortSignal): Promise<void> {
  if (!provider.prepare) return;
  const report = reportTo(logger, name);
  await tryUntilDone(
    async () => await provider.prepare?.({ signal }, report),
    (reason) => logger.warn({ provider: name, reason }, 'not all of the provider is ready; it is tried again'),
    signal,
  );
  if (!signal.aborted) logger.info({ provider: name }, 'all of the provider is ready');
}

/** Says what begins, and every tenth part of it. */
function reportTo(logger: Logger, provider: string): (progress: Preparation) => void {
  let last: Preparation | undefined;
  return (progress) => {
    const { model, step, fraction = 0 } = progress;
    const same = last?.model === model && last.step === step;
    if (same && fraction < (last?.fraction ?? 0) + LOGGED_FRACTION) return;
    last = progress;
    const percent = progress.fraction === undefined ? {} : { percent: Math.floor(progress.fraction * 100) };
    logger.info({ provider, model, step, ...percent }, 'a model is made ready');
  };
}
