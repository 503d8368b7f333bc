import { DEFAULT_FALLBACK_ON } from '@switchyard/contract';
import type { FilledModel } from '../catalogue/fill-models.js';
import { warnOfRetired } from '../catalogue/warn-of-retired.js';
import type { Configuration, LimitSettings, OverlayVersions, TenantSettings } from '../configuration.js';
import { DEFAULT_TENANT } from '../checks/names.js';
import type { ConfigurationDocument } from '../document/configuration-document.js';
import type { TenantDocument } from '../document/section-documents.js';
import type { PlainMap } from '../schema/navigate.js';
import { bytesOf, parseDuration } from '../schema/units.js';
import { buildBudgets } from './build-budgets.js';
import { buildModels } from './build-models.js';
import { buildModules, buildProviders } from './build-providers.js';
import { buildWarnings } from './build-warnings.js';

const MEBIBYTE = 1_048_576;
const DAY_MS = 86_400_000;

/** A document that was validated and checked, and where it comes from. */
interface Checked {
  readonly document: ConfigurationDocument;
  /** The same as plain data, without what the catalogue filled in. */
  readonly data: PlainMap;
  readonly filled: readonly FilledModel[];
  readonly source: readonly string[];
  readonly overlay: OverlayVersions;
}

/** Turns a validated and checked document into the snapshot that the product runs on. */
export function buildConfiguration({ document, data, filled, source, overlay }: Checked): Configuration {
  const { cache, customModel, onTimeout, logLevels, webhooks, fallbackChain = [], retention } = document;
  const limits = buildLimits(document.limits ?? {});
  const providers = buildProviders(document.providers ?? {}, limits.resultBytes);
  return {
    source,
    warnings: [...buildWarnings(document), ...warnOfRetired(data, Date.now())],
    filled,
    modules: buildModules(document.modules ?? {}, providers),
    providers,
    models: buildModels(document.models ?? []),
    aliases: new Map(Object.entries(document.aliases ?? {})),
    defaultProvider: document.defaultProvider ?? fallbackChain[0] ?? onlyOne([...providers.keys()]),
    fallbackChain,
    fallbackOn: document.fallbackOn ?? DEFAULT_FALLBACK_ON,
    accessPolicies: document.accessPolicies ?? [],
    limits,
    retention: {
      payloads: parseDuration(retention?.payloads ?? '') ?? 30 * DAY_MS,
      jobs: parseDuration(retention?.jobs ?? '') ?? 90 * DAY_MS,
    },
    tenants: buildTenants(document.tenants ?? {}),
    routingRules: document.routingRules ?? [],
    loadBalancers: document.loadBalancers ?? {},
    experiments: document.experiments ?? {},
    budgets: buildBudgets(document.budgets ?? []),
    rateLimits: document.rateLimits ?? [],
    contentRules: document.contentRules ?? [],
    promptTemplates: document.promptTemplates ?? {},
    generators: document.generators ?? {},
    adapters: document.adapters ?? {},
    ...(cache === undefined ? {} : { cache }),
    ...(customModel === undefined ? {} : { customModel }),
    ...(onTimeout === undefined ? {} : { onTimeout }),
    ...(logLevels === undefined ? {} : { logLevels }),
    ...(webhooks === undefined ? {} : { webhooks }),
    document: data,
    overlay,
  };
}

function onlyOne(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined;
}

function buildLimits(given: NonNullable<ConfigurationDocument['limits']>): LimitSettings {
  return {
    bodyBytes: bytesOf(given.bodyBytes) ?? 32 * MEBIBYTE,
    resultBytes: bytesOf(given.resultBytes) ?? 32 * MEBIBYTE,
    maxQueuedPerTenant: given.maxQueuedPerTenant ?? 100_000,
  };
}

function buildTenants(tenants: Readonly<Record<string, TenantDocument>>): ReadonlyMap<string, TenantSettings> {
  const all = [[DEFAULT_TENANT, {}] as const, ...Object.entries(tenants)];
  return new Map(all.map(([name, tenant]) => [name, buildTenant(name, tenant)]));
}

function buildTenant(
  name: string,
  { weight = 1, storePrompts = true, webhookSecret, keys = [] }: TenantDocument,
): TenantSettings {
  return {
    name,
    weight,
    storePrompts,
    ...(webhookSecret === undefined ? {} : { webhookSecret }),
    keys: keys.map(({ name: keyName, key, scopes = ['jobs'], permissions = [] }) => {
      return { name: keyName, ...(key === undefined ? {} : { key }), scopes, permissions };
    }),
  };
}
