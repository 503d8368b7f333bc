import type { Registry, ResolvedModel } from '@switchyard/registry';

/** The models of a provider, and in words where that stands in the order. */
interface Place {
  readonly models: readonly ResolvedModel[];
  readonly where: string;
}

/** All models as they are looked at without a name: the default provider's, the fallback chain's, then all others'. */
export function* inDefaultOrder(registry: Registry): Generator<Place> {
  const named = [registry.defaultProvider ?? [], registry.fallbackChain].flat();
  const all = registry.listProviders().map(({ settings }) => settings.name);
  for (const provider of new Set([...named, ...all])) {
    yield { models: modelsInOrder(provider, registry), where: `of ${placeOf(provider, registry)}` };
  }
}

/** A provider's models, its default first. */
export function modelsInOrder(provider: string, registry: Registry): readonly ResolvedModel[] {
  const models = registry.modelsOf(provider);
  const byDefault = models.find((model) => isDefault(model, registry));
  return byDefault ? [byDefault, ...models.filter((model) => model !== byDefault)] : models;
}

/** Why the first model that can was taken, in words. */
export function reasonOfDefault(model: ResolvedModel, registry: Registry, where: string): string {
  return `the ${isDefault(model, registry) ? 'default model' : 'first model that can do this'} ${where}`;
}

function isDefault({ id, provider }: ResolvedModel, registry: Registry): boolean {
  return registry.provider(provider)?.settings.defaultModel === id;
}

function placeOf(provider: string, { defaultProvider, fallbackChain }: Registry): string {
  if (provider === defaultProvider) return `the default provider ${provider}`;
  return fallbackChain.includes(provider) ? `${provider}, from the fallback chain` : `the provider ${provider}`;
}
