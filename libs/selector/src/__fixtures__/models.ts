import {
  PROVIDER_KINDS,
  ZERO_USD,
  type ModelSettings,
  type Price,
  type ProviderKind,
  type ProviderSettings,
} from '@switchyard/contract';
import type { RegistrySource } from '@switchyard/registry';
import { Turns } from '../balance/turns.js';
import { NOTHING_MEASURED } from '../score/measurements.js';
import type { SelectionContext } from '../selection.js';

export const FREE: Price = {
  inputPerMillion: ZERO_USD,
  outputPerMillion: ZERO_USD,
  perRequest: ZERO_USD,
  perImage: {},
  batchFactorPpm: 1_000_000,
  above: [],
};

const TIMEOUTS = { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 };

/** Whoever submits in a spec: a key without permissions, at noon of a Monday. */
export function contextOf(more: Partial<SelectionContext> = {}): SelectionContext {
  return {
    permissions: new Set(),
    tenant: 'acme',
    now: new Date('2026-11-30T12:00:00Z'),
    turns: new Turns(),
    unit: 'nobody',
    measurements: NOTHING_MEASURED,
    ...more,
  };
}

/** Models of providers that are named as their kinds are, or of the kind `custom`; the first is the default one. */
export function sourceOf(
  models: Readonly<Record<string, Partial<ModelSettings>>>,
  more: Partial<RegistrySource> = {},
): RegistrySource {
  const all = Object.entries(models).map(([id, model]): [string, ModelSettings] => {
    const base = { provider: 'openai', providerModel: id, capabilities: ['generation', 'code'] as const, price: FREE };
    return [id, { ...base, params: {}, versions: {}, fallbackModels: [], id, contextWindow: 100_000, ...model }];
  });
  const names = new Set(all.map(([, { provider }]) => provider));
  return {
    providers: new Map([...names].map((name) => [name, providerOf(name)])),
    models: new Map(all),
    aliases: new Map(),
    defaultProvider: [...names][0],
    fallbackChain: [],
    ...more,
  };
}

function providerOf(name: string): ProviderSettings {
  const kind: ProviderKind = PROVIDER_KINDS.find((each) => each === name) ?? 'custom';
  return { name, kind, concurrency: 1, local: kind === 'ollama', timeouts: TIMEOUTS, options: {} };
}
