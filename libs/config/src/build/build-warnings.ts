import type { Capability } from '@switchyard/contract';
import type { ConfigurationDocument } from '../document/configuration-document.js';
import type { ModelDocument } from '../document/model-document.js';
import type { ProviderDocument } from '../document/provider-document.js';
import { formatPath } from '../faults/path.js';

/** Sections that nothing acts on yet. Whoever builds the part that does takes its name out. */
const SECTIONS_NOT_ENFORCED = [
  'contentRules',
  'promptTemplates',
  'generators',
  'adapters',
  'cache',
  'webhooks',
  'onTimeout',
  'logLevels',
] as const satisfies readonly (keyof ConfigurationDocument)[];

const PROVIDER_KEYS_NOT_ENFORCED = ['cache', 'botType'] as const satisfies readonly (keyof ProviderDocument)[];

const MODEL_KEYS_NOT_ENFORCED = ['batching', 'cache', 'onTimeout'] as const satisfies readonly (keyof ModelDocument)[];

const NOT_ENFORCED = 'validated, but this version does not enforce it yet';

/** What of a valid file the operator should know, a line each. */
export function buildWarnings(document: ConfigurationDocument): readonly string[] {
  const { providers = {}, models = [] } = document;
  const ofProviders = Object.entries(providers).flatMap(([name, provider]) =>
    PROVIDER_KEYS_NOT_ENFORCED.filter((key) => says(provider[key])).map((key) => ['providers', name, key]),
  );
  const ofKeys = Object.entries(providers)
    .filter(([, { keys = [] }]) => keys.some(({ rateLimit }) => rateLimit !== undefined))
    .map(([name]) => `${formatPath(['providers', name, 'keys'])}[].rateLimit`);
  const ofModels = MODEL_KEYS_NOT_ENFORCED.filter((key) => models.some((model) => says(model[key])));
  const sections = SECTIONS_NOT_ENFORCED.filter((section) => says(document[section])).map((section) => [section]);
  const none = Object.keys(providers).length === 0 ? ['providers: none is configured, so no job can run'] : [];
  return [
    ...none,
    ...[...sections, ...ofProviders].map((path) => `${formatPath(path)}: ${NOT_ENFORCED}`),
    ...[...ofKeys, ...ofModels.map((key) => `models[].${key}`)].map((place) => `${place}: ${NOT_ENFORCED}`),
    ...models.flatMap(warnOfGaps),
    ...warnOfSwitchedOff(document),
  ];
}

function says(value: unknown): boolean {
  if (value === undefined) return false;
  return typeof value !== 'object' || value === null || Object.keys(value).length > 0;
}

/** A rate that a price does not name is 0, which may not be what was meant. */
function warnOfGaps({ id, capabilities, price }: ModelDocument): readonly string[] {
  if (price === undefined || price === 'free' || price.perRequest !== undefined) return [];
  const can = (...wanted: Capability[]): boolean => wanted.some((capability) => capabilities.includes(capability));
  const gaps: string[] = [];
  if (can('generation', 'code', 'embedding') && price.inputPerMillion === undefined) gaps.push('inputPerMillion');
  if (can('generation', 'code') && price.outputPerMillion === undefined) gaps.push('outputPerMillion');
  if (can('image') && price.perImage === undefined && price.outputPerMillion === undefined) gaps.push('perImage');
  return gaps.map((rate) => `${formatPath(['models', id, 'price'])}: without ${rate} this part counts as free`);
}

function warnOfSwitchedOff({
  modules = {},
  defaultProvider,
  fallbackChain = [],
}: ConfigurationDocument): readonly string[] {
  const isOff = (name: string): boolean => Object.hasOwn(modules, name) && modules[name] === false;
  const named = [
    ...(defaultProvider !== undefined && isOff(defaultProvider) ? [['defaultProvider', defaultProvider] as const] : []),
    ...fallbackChain.filter(isOff).map((name) => ['fallbackChain', name] as const),
  ];
  return named.map(([place, name]) => `${place}: modules switches the provider ${name} off, so it is passed over`);
}
