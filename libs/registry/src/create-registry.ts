import type { Capability, ModelSettings, ModelVersionSettings } from '@switchyard/contract';
import type { RegisteredProvider, Registry, RegistrySource, ResolvedModel } from './registry.js';

/** A model with each of its versions worked out. */
interface Entry {
  readonly current: ResolvedModel;
  readonly versions: ReadonlyMap<string, ResolvedModel>;
}

const registries = new WeakMap<RegistrySource, Registry>();

/** What exists by a snapshot of the configuration, worked out when it is first asked for. @throws as `createRegistry` */
export function registryOf(source: RegistrySource): Registry {
  const known = registries.get(source);
  if (known) return known;
  const registry = createRegistry(source);
  registries.set(source, registry);
  return registry;
}

/**
 * Builds the registry of a checked configuration.
 * @throws TypeError for a model whose provider does not exist, which the check of a configuration refuses
 */
export function createRegistry(source: RegistrySource): Registry {
  const providers = new Map([...source.providers].map(([name, settings]) => [name, register(name, settings, source)]));
  const entries = new Map([...source.models].map(([id, model]) => [id, resolveVersions(model, source, providers)]));
  const models = [...entries.values()].map(({ current }) => current);
  const byCapability = groupBy(models, ({ capabilities }) => capabilities);
  const byProvider = groupBy(models, ({ provider }) => [provider]);
  const find = (name: string): Entry | undefined => entries.get(followAliases(name, source.aliases));
  return {
    defaultProvider: source.defaultProvider,
    fallbackChain: source.fallbackChain,
    hasModel: (name) => find(name) !== undefined,
    resolveModel: (name, version) => {
      const entry = find(name);
      return version === undefined ? entry?.current : entry?.versions.get(version);
    },
    versionsOf: (name) => [...(find(name)?.versions.keys() ?? [])],
    listModels: () => models,
    modelsWith: (capability: Capability) => byCapability.get(capability) ?? [],
    modelsOf: (provider) => byProvider.get(provider) ?? [],
    provider: (name) => providers.get(name),
    listProviders: () => [...providers.values()],
  };
}

function register(
  name: string,
  settings: RegisteredProvider['settings'],
  { modules }: RegistrySource,
): RegisteredProvider {
  return { settings, enabled: !modules || !Object.hasOwn(modules, name) || modules[name] !== false };
}

/** Follows a chain of aliases to a name that is none; a chain that leads back to itself ends where it would. */
function followAliases(name: string, aliases: ReadonlyMap<string, string>): string {
  let current = name;
  for (let steps = 0; steps < aliases.size; steps += 1) {
    const next = aliases.get(current);
    if (next === undefined) break;
    current = next;
  }
  return current;
}

function resolveVersions(
  model: ModelSettings,
  source: RegistrySource,
  providers: ReadonlyMap<string, RegisteredProvider>,
): Entry {
  const policies = (source.accessPolicies ?? []).filter(({ models }) => models.includes(model.id));
  const needed = [
    ...(model.permission === undefined ? [] : [model.permission]),
    ...policies.flatMap((p) => p.requiredPermissions),
  ];
  const requiredPermissions = [...new Set(needed)];
  const resolve = (version: string | null, over: ModelVersionSettings): ResolvedModel => {
    const provider = providers.get(over.provider ?? model.provider);
    if (!provider) throw new TypeError(`The model ${model.id} belongs to no provider.`);
    return resolveModel(model, { name: version, over, provider, requiredPermissions });
  };
  const versions = new Map(Object.entries(model.versions).map(([name, over]) => [name, resolve(name, over)]));
  const current = model.defaultVersion === undefined ? undefined : versions.get(model.defaultVersion);
  return { current: current ?? resolve(null, {}), versions };
}

function resolveModel(
  model: ModelSettings,
  version: {
    readonly name: string | null;
    readonly over: ModelVersionSettings;
    readonly provider: RegisteredProvider;
    readonly requiredPermissions: readonly string[];
  },
): ResolvedModel {
  const { over, provider } = version;
  const contextWindow = over.contextWindow ?? model.contextWindow;
  const maxOutputTokens = over.maxOutputTokens ?? model.maxOutputTokens;
  return {
    id: model.id,
    name: model.name ?? model.id,
    version: version.name,
    provider: provider.settings.name,
    providerKind: provider.settings.kind,
    local: provider.settings.local,
    enabled: provider.enabled,
    providerModel: over.providerModel ?? model.providerModel,
    capabilities: model.capabilities,
    ...(contextWindow === undefined ? {} : { contextWindow }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(model.defaultMaxTokens === undefined ? {} : { defaultMaxTokens: model.defaultMaxTokens }),
    price: over.price ?? model.price,
    params: { ...model.params, ...over.params },
    requiredPermissions: version.requiredPermissions,
    fallbackModels: model.fallbackModels,
    ...(model.quality === undefined ? {} : { quality: model.quality }),
    ...(model.speed === undefined ? {} : { speed: model.speed }),
  };
}

function groupBy<Key>(
  models: readonly ResolvedModel[],
  keysOf: (model: ResolvedModel) => readonly Key[],
): ReadonlyMap<Key, readonly ResolvedModel[]> {
  const groups = new Map<Key, ResolvedModel[]>();
  for (const model of models) {
    for (const key of keysOf(model)) {
      const group = groups.get(key);
      if (group) group.push(model);
      else groups.set(key, [model]);
    }
  }
  return groups;
}
