import {
  LOCAL_KINDS,
  PROVIDER_KINDS,
  type CallTimeouts,
  type ProviderKind,
  type ProviderSettings,
} from '@switchyard/contract';
import type { ProviderDocument } from '../document/provider-document.js';
import type { Modules } from '../configuration.js';
import { bytesOf } from '../schema/units.js';

const TIMEOUTS: CallTimeouts = { connectMs: 5_000, firstByteMs: 60_000, idleMs: 60_000, totalMs: 600_000 };
const CONCURRENCY = 32;

type ProviderDocuments = Readonly<Record<string, ProviderDocument>>;

/** Turns validated entries of `providers` into settings, by name. */
export function buildProviders(
  providers: ProviderDocuments,
  maxResponseBytes: number,
): ReadonlyMap<string, ProviderSettings> {
  return new Map(
    Object.entries(providers).map(([name, given]) => [name, buildProvider(name, given, maxResponseBytes)]),
  );
}

function buildProvider(name: string, provider: ProviderDocument, maxResponseBytes: number): ProviderSettings {
  const { kind: _kind, baseURL, apiKey, defaultModel, concurrency, local, timeouts, rateLimit, ...rest } = provider;
  const { instances, mapping, ...options } = rest;
  const kind = kindOf(name, provider);
  return {
    name,
    kind,
    ...(baseURL === undefined ? {} : { baseURL }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(defaultModel === undefined ? {} : { defaultModel }),
    concurrency: concurrency ?? CONCURRENCY,
    local: local ?? (LOCAL_KINDS.includes(kind) && !isHosted(kind, baseURL)),
    timeouts: { ...TIMEOUTS, ...timeouts },
    ...(rateLimit === undefined ? {} : { rateLimit }),
    maxResponseBytes,
    ...(mapping === undefined ? {} : { mapping }),
    options: instances ? { ...options, instances: { ...instances, maxBytes: bytesOf(instances.maxBytes) } } : options,
  };
}

/** Models of Hugging Face run in their worker, but those of a provider with an address. */
function isHosted(kind: ProviderKind, baseURL: string | undefined): boolean {
  return kind === 'huggingface' && baseURL !== undefined;
}

function kindOf(name: string, { kind }: ProviderDocument): ProviderKind {
  const found = kind ?? PROVIDER_KINDS.find((known) => known === name);
  if (!found) throw new TypeError(`The provider ${name} passed the checks without a kind.`);
  return found;
}

/** What runs: everything that is not switched off, and the simulator only where something needs it. */
export function buildModules(
  modules: Readonly<Record<string, boolean>>,
  providers: ReadonlyMap<string, ProviderSettings>,
): Modules {
  const isOn = (name: string): boolean => !Object.hasOwn(modules, name) || modules[name] === true;
  const needsSimulator = [...providers.values()].some(({ kind }) => kind === 'simulator');
  return {
    ...Object.fromEntries([...providers.keys()].map((name) => [name, isOn(name)])),
    dashboard: isOn('dashboard'),
    courier: isOn('courier'),
    simulator: isOn('simulator') && needsSimulator,
    modelTransport: isOn('modelTransport'),
  };
}
