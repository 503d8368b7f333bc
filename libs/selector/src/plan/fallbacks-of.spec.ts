import { GatewayError, ZERO_USD, type ModelSettings, type ProviderSettings } from '@switchyard/contract';
import { createRegistry } from '@switchyard/registry';
import type { ModelSelection, SelectionRequest } from '../selection.js';
import { fallbacksOf, MOST_FALLBACKS } from './fallbacks-of.js';

const PRICE = {
  inputPerMillion: ZERO_USD,
  outputPerMillion: ZERO_USD,
  perRequest: ZERO_USD,
  perImage: {},
  batchFactorPpm: 0,
  above: [],
};
const TIMEOUTS = { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 };

function provider(name: string, more: Partial<ProviderSettings> = {}): [string, ProviderSettings] {
  return [name, { name, kind: 'custom', concurrency: 1, local: false, timeouts: TIMEOUTS, options: {}, ...more }];
}

function model(id: string, of: string, more: Partial<ModelSettings> = {}): [string, ModelSettings] {
  const base = { providerModel: id, price: PRICE, params: {}, versions: {}, fallbackModels: [] };
  return [id, { id, provider: of, capabilities: ['generation'], contextWindow: 1_000, ...base, ...more }];
}

const many = Array.from({ length: 12 }, (_, index) => `many-${index}`);
const registry = createRegistry({
  providers: new Map([
    provider('main', { defaultModel: 'best' }),
    provider('second', { defaultModel: 'good' }),
    provider('home', { local: true }),
    provider('off', { defaultModel: 'gone' }),
  ]),
  models: new Map([
    model('best', 'main', { fallbackModels: ['spare', 'nick'] }),
    model('spare', 'main'),
    model('lone', 'main'),
    model('good', 'second'),
    model('dear', 'second', { permission: 'premium' }),
    model('tiny', 'second', { contextWindow: 10 }),
    model('pictures', 'home', { capabilities: ['image'] }),
    model('own', 'home'),
    model('gone', 'off'),
    ...many.map((id) => model(id, 'second')),
  ]),
  aliases: new Map([['nick', 'good']]),
  defaultProvider: 'main',
  fallbackChain: ['main', 'off', 'second', 'home'],
  modules: { off: false },
});

function fallbacks(
  chosen: string,
  selection: ModelSelection = {},
  more: Partial<SelectionRequest> = {},
  permissions: readonly string[] = [],
): readonly string[] {
  const found = registry.resolveModel(chosen);
  if (!found) throw new Error(`There is no ${chosen}.`);
  const request: SelectionRequest = { type: 'generation', request: { prompt: 'Hi' }, selection, ...more };
  return fallbacksOf(found, request, registry, { permissions: new Set(permissions) }).map(({ id }) => id);
}

describe('where a job goes on', () => {
  it.each<[what: string, chosen: string, selection: ModelSelection, expected: readonly string[]]>([
    ['that names nothing: the fallback models, then the chain', 'best', {}, ['spare', 'good', 'own']],
    ['of a model without fallback models: the chain, itself left out', 'lone', {}, ['best', 'good', 'own']],
    ['that says auto', 'lone', { provider: 'auto', modelId: 'auto' }, ['best', 'good', 'own']],
    ['that wants none', 'best', { fallback: false }, []],
    ['that names a model: its fallback models alone', 'best', { modelId: 'best' }, ['spare', 'good']],
    ['that names a model without such', 'lone', { modelId: 'lone' }, []],
    ['that names a provider', 'lone', { provider: 'main' }, []],
    ['that names a model, and asks for it', 'lone', { modelId: 'lone', fallback: true }, ['best', 'good', 'own']],
    [
      'that lists models, aliases and providers',
      'best',
      { fallback: ['own', 'nick', 'main', 'spare'] },
      ['own', 'good', 'spare'],
    ],
    ['that lists one twice, under two names', 'best', { fallback: ['good', 'nick', 'second'] }, ['good']],
    ['that must stay on this machine', 'own', { localOnly: true }, []],
    ['that lists what must stay on this machine', 'lone', { localOnly: true, fallback: ['good', 'own'] }, ['own']],
  ])('%s', (_, chosen, selection, expected) => {
    expect(fallbacks(chosen, selection)).toEqual(expected);
  });

  it('passes over what lacks the permission, the window or the capability', () => {
    const list = { fallback: ['dear', 'tiny', 'pictures', 'gone', 'good'] };
    const long = { request: { prompt: 'word '.repeat(40) } };
    expect(fallbacks('lone', list, long)).toEqual(['good']);
    expect(fallbacks('lone', list, long, ['premium'])).toEqual(['dear', 'good']);
    expect(fallbacks('lone', list)).toEqual(['tiny', 'good']);
  });

  it('ends somewhere', () => {
    expect(fallbacks('lone', { fallback: many })).toEqual(many.slice(0, MOST_FALLBACKS));
  });

  it.each([
    [['good', 'nobody'], 'selection.fallback[1]', /"nobody"/],
    [['x'.repeat(5_000)], 'selection.fallback[0]', /"x{200}…"/],
  ])('refuses a name of nothing', (fallback, param, message) => {
    const refused = (): unknown => fallbacks('best', { fallback });
    expect(refused).toThrow(GatewayError);
    expect(refused).toThrow(expect.objectContaining({ status: 422, param, message: expect.stringMatching(message) }));
  });
});
