import { parseUsd, ZERO_USD, type ModelSettings, type Price, type ProviderSettings } from '@switchyard/contract';
import { createRegistry } from './create-registry.js';
import type { RegistrySource } from './registry.js';

const FREE: Price = {
  inputPerMillion: ZERO_USD,
  outputPerMillion: ZERO_USD,
  perRequest: ZERO_USD,
  perImage: {},
  batchFactorPpm: 1_000_000,
  above: [],
};
const DEAR: Price = { ...FREE, inputPerMillion: parseUsd('30') ?? ZERO_USD };

function provider(name: string, more: Partial<ProviderSettings> = {}): [string, ProviderSettings] {
  const timeouts = { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 };
  return [name, { name, kind: 'openai', concurrency: 1, local: false, timeouts, options: {}, ...more }];
}

function model(id: string, more: Partial<ModelSettings> = {}): [string, ModelSettings] {
  const base = { provider: 'openai', capabilities: ['generation'], price: FREE } as const;
  return [id, { id, providerModel: id, params: {}, versions: {}, fallbackModels: [], ...base, ...more }];
}

const SOURCE: RegistrySource = {
  providers: new Map([provider('openai'), provider('simulator', { kind: 'simulator', local: true })]),
  models: new Map([
    model('gpt-4', {
      providerModel: 'gpt-4-latest',
      contextWindow: 8192,
      maxOutputTokens: 4096,
      params: { temperature: 0.7, topP: 1 },
      permission: 'premium',
      versions: {
        v1: { providerModel: 'gpt-4-0314', price: DEAR, params: { temperature: 0 } },
        v2: { provider: 'simulator', contextWindow: 16_384 },
      },
      defaultVersion: 'v2',
    }),
    model('ada', { capabilities: ['embedding'], versions: { old: {} } }),
    model('sim-chat', { provider: 'simulator', capabilities: ['generation', 'code'] }),
  ]),
  aliases: new Map([
    ['smart', 'gpt-4'],
    ['smartest', 'smart'],
    ['around', 'about'],
    ['about', 'around'],
  ]),
  defaultProvider: 'openai',
  fallbackChain: ['simulator'],
  accessPolicies: [
    { models: ['gpt-4', 'sim-chat'], requiredPermissions: ['staff', 'premium'] },
    { models: ['ada'], requiredPermissions: ['reader'] },
  ],
  modules: { simulator: false },
};
const registry = createRegistry(SOURCE);

describe('createRegistry', () => {
  it('resolves a model at its default version, by id and through chains of aliases', () => {
    for (const name of ['gpt-4', 'smart', 'smartest']) {
      expect(registry.resolveModel(name)).toMatchObject({
        id: 'gpt-4',
        version: 'v2',
        provider: 'simulator',
        providerKind: 'simulator',
        local: true,
        enabled: false,
        providerModel: 'gpt-4-latest',
        contextWindow: 16_384,
        maxOutputTokens: 4096,
        price: FREE,
        params: { temperature: 0.7, topP: 1 },
      });
    }
  });

  it('resolves a version by name: what it does not say, the model says', () => {
    expect(registry.resolveModel('smart', 'v1')).toMatchObject({
      version: 'v1',
      provider: 'openai',
      local: false,
      enabled: true,
      providerModel: 'gpt-4-0314',
      contextWindow: 8192,
      price: DEAR,
      params: { temperature: 0, topP: 1 },
    });
  });

  it('takes the model itself where there is no default version', () => {
    expect(registry.resolveModel('ada')).toMatchObject({ version: null, providerModel: 'ada' });
    expect(registry.resolveModel('ada', 'old')?.version).toBe('old');
  });

  it('knows no other models and versions', () => {
    for (const name of ['gpt-5', '', 'around', '__proto__', 'constructor']) {
      expect([registry.resolveModel(name), registry.hasModel(name), registry.versionsOf(name)]).toEqual([
        undefined,
        false,
        [],
      ]);
    }
    for (const version of ['v9', '__proto__', 'constructor']) {
      expect(registry.resolveModel('gpt-4', version)).toBeUndefined();
    }
    expect(registry.versionsOf('smartest')).toEqual(['v1', 'v2']);
  });

  it('asks for the permissions of the model and of every policy that names it, each once', () => {
    const permissions = ['gpt-4', 'ada', 'sim-chat'].map((name) => registry.resolveModel(name)?.requiredPermissions);
    expect(permissions).toEqual([['premium', 'staff'], ['reader'], ['staff', 'premium']]);
  });

  it('lists by capability and by the provider that serves the default version', () => {
    const ids = (models: readonly { readonly id: string }[]): readonly string[] => models.map(({ id }) => id);
    expect(ids(registry.listModels())).toEqual(['gpt-4', 'ada', 'sim-chat']);
    expect(ids(registry.modelsWith('generation'))).toEqual(['gpt-4', 'sim-chat']);
    expect(ids(registry.modelsWith('image'))).toEqual([]);
    expect(ids(registry.modelsOf('simulator'))).toEqual(['gpt-4', 'sim-chat']);
    expect(ids(registry.modelsOf('nobody'))).toEqual([]);
    expect(registry.listProviders().map(({ settings, enabled }) => [settings.name, enabled])).toEqual([
      ['openai', true],
      ['simulator', false],
    ]);
  });

  it('refuses a model without a provider', () => {
    expect(() => createRegistry({ ...SOURCE, providers: new Map() })).toThrow('belongs to no provider');
  });
});
