import type { AppProcess, Configuration } from '@switchyard/config';
import { PROVIDER_DESCRIPTIONS, type ModelSettings, type ProviderKind } from '@switchyard/contract';
import {
  beginModelCheck,
  compareModels,
  type CheckSchedule,
  type KnownModels,
  type ProviderDesk,
} from '@switchyard/jobs';
import { findModel } from '@switchyard/registry/catalogue';
import type { Clockwork } from './clockwork.js';

const LOOK_EVERY_MS = 60_000;
/** In minutes. A provider that was never seen has a little time to start its worker. */
const DUE: CheckSchedule = { first: 2, every: 24 * 60, again: 60 };

type CheckedProcess = Pick<AppProcess, 'database' | 'logger'> & {
  readonly configuration: Pick<AppProcess['configuration'], 'current'>;
};

/** Compares the list of each provider's vendor with the configuration once a day, however many couriers run. */
export function checkModels(
  { database, configuration, logger }: CheckedProcess,
  desk: ProviderDesk,
  clockwork: Pick<Clockwork, 'every'>,
  leaving: AbortSignal,
): void {
  clockwork.every(LOOK_EVERY_MS, 'compare models', async () => {
    for (const known of providersOf(configuration.current)) {
      if (leaving.aborted) return;
      const { provider } = known;
      if (!(await beginModelCheck(database, provider, DUE))) continue;
      const end = await compareModels({ database, desk }, known, DUE, leaving).catch((error: unknown) => {
        if (!leaving.aborted) throw error;
      });
      if (!end) return;
      if ('error' in end) {
        logger.warn({ provider, reason: end.error }, "the vendor's models could not be compared; it is tried again");
        continue;
      }
      const { retired, unpriced, new: added } = end.found;
      const counts = { provider, new: added.length, unpriced: unpriced.length };
      if (retired.length === 0) logger.info(counts, "the vendor's models were compared");
      else logger.warn({ ...counts, retired }, 'the vendor has some models of the configuration no more');
    }
  });
}

/** The providers that a worker can be asked about. */
function providersOf({ providers, models, modules }: Configuration): readonly KnownModels[] {
  const all = [...models.values()];
  const priced = new Set(all.flatMap((model) => namesOf(model, providers.get(model.provider)?.kind)));
  return [...providers.values()]
    .filter(({ name, kind }) => modules[name] !== false && PROVIDER_DESCRIPTIONS[kind].supported)
    .map(({ name, kind, local }) => {
      const own = all.filter(({ provider }) => provider === name);
      const isPriced = (each: string): boolean => local || priced.has(each) || findModel(kind, each) !== undefined;
      const configured = [...new Set(own.flatMap((model) => namesOf(model, kind)))];
      // A model of Ollama's that is named without a tag is its `latest`, and listed as such.
      const otherNames = kind === 'ollama' ? configured.map((each) => `${each}:latest`) : [];
      return { provider: name, configured, otherNames, isPriced };
    });
}

/** The vendor's names of a model and its versions, those aside that stand at another provider. */
function namesOf(
  { providerModel, provider, versions, options = {} }: ModelSettings,
  kind: ProviderKind | undefined,
): readonly string[] {
  // What a server of Stable Diffusion is told to load is what it lists.
  if (kind === 'stable_diffusion' && typeof options['modelPath'] === 'string') return [options['modelPath']];
  const ofVersions = Object.values(versions).flatMap((version) =>
    version.provider === undefined || version.provider === provider ? (version.providerModel ?? []) : [],
  );
  return [providerModel, ...ofVersions];
}
