import fc from 'fast-check';
import {
  CAPABILITIES,
  CAPABILITY_OF_JOB,
  GatewayError,
  JOB_TYPES,
  PROVIDER_KINDS,
  ZERO_USD,
  type Capability,
  type ModelSettings,
  type ProviderKind,
  type ProviderSettings,
} from '@switchyard/contract';
import { createRegistry, type RegistrySource } from '@switchyard/registry';
import { contextOf } from './__fixtures__/models.js';
import { chooseModel } from './choose-model.js';
import { compileRouting } from './routing.js';
import type { SelectionRequest } from './selection.js';

const PRICE = {
  inputPerMillion: ZERO_USD,
  outputPerMillion: ZERO_USD,
  perRequest: ZERO_USD,
  perImage: {},
  batchFactorPpm: 0,
  above: [],
};
const TIMEOUTS = { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 };

function provider(name: string, kind: ProviderKind, more: Partial<ProviderSettings> = {}): [string, ProviderSettings] {
  return [name, { name, kind, concurrency: 1, local: false, timeouts: TIMEOUTS, options: {}, ...more }];
}

function model(
  id: string,
  of: string,
  capabilities: readonly Capability[],
  more: Partial<ModelSettings> = {},
): [string, ModelSettings] {
  const base = { providerModel: id, price: PRICE, params: {}, versions: {}, fallbackModels: [] };
  return [id, { id, provider: of, capabilities, ...base, ...more }];
}

const SOURCE: RegistrySource = {
  providers: new Map([
    provider('late', 'custom'),
    provider('groq', 'groq'),
    provider('main', 'openai', { defaultModel: 'gpt-4' }),
    provider('off', 'custom'),
    provider('home', 'simulator', { local: true }),
  ]),
  models: new Map([
    model('late-image', 'late', ['image']),
    model('groq-chat', 'groq', ['generation', 'code']),
    model('cheap', 'main', ['generation'], { contextWindow: 100_000 }),
    model('gpt-4', 'main', ['generation', 'code', 'tools'], { contextWindow: 1000, versions: { v1: {} } }),
    model('gpt-5', 'main', ['generation', 'code', 'tools', 'image_input'], { permission: 'premium' }),
    model('reader', 'main', ['generation', 'file_input'], { contextWindow: 1000 }),
    model('off-moderation', 'off', ['generation', 'code']),
    model('sim-chat', 'home', ['generation', 'code'], { contextWindow: 1000 }),
    model('sim-embedding', 'home', ['embedding'], { contextWindow: 10 }),
  ]),
  aliases: new Map([['smart', 'gpt-4']]),
  defaultProvider: 'main',
  fallbackChain: ['home'],
  modules: { off: false },
};
const registry = createRegistry(SOURCE);

/** Of a version that has no worker for one kind. */
const SUPPORTED = new Set(PROVIDER_KINDS.filter((kind) => kind !== 'groq'));

function choose(
  request: Partial<SelectionRequest>,
  permissions: readonly string[] = [],
  source = registry,
): readonly string[] {
  const { targets } = chooseModel(
    { type: 'generation', request: { prompt: 'Hi' }, ...request },
    compileRouting(source),
    contextOf({
      permissions: new Set(permissions),
      supportedKinds: SUPPORTED,
    }),
  );
  return targets.map(({ id }) => id);
}

function refusal(request: Partial<SelectionRequest>, permissions: readonly string[] = []): GatewayError {
  try {
    choose(request, permissions);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

const LONG = { prompt: 'word '.repeat(2000) };
const IMAGE = {
  messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x' } }] }],
} as const;

const AUDIO = {
  messages: [{ role: 'user', content: [{ type: 'audio', audio: { data: 'AAAA', format: 'wav' } }] }],
} as const;
const FILE = {
  messages: [{ role: 'user', content: [{ type: 'file', file: { data: 'AAAA', mimeType: 'application/pdf' } }] }],
} as const;

describe('without a name', () => {
  it.each<[string, Partial<SelectionRequest>, string]>([
    ['the default model of the default provider', {}, 'gpt-4'],
    ['the same for auto, written out', { selection: { provider: 'auto', modelId: 'auto' } }, 'gpt-4'],
    ['another of the default provider where the default has too small a window', { request: LONG }, 'cheap'],
    [
      'of the fallback chain what the default provider cannot',
      { type: 'embedding', request: { input: 'x' } },
      'sim-embedding',
    ],
    ['of any provider what the chain cannot', { type: 'image' }, 'late-image'],
    ['a local model when asked', { selection: { localOnly: true } }, 'sim-chat'],
  ])('takes %s', (_, request, expected) => {
    expect(choose(request)).toEqual([expected]);
  });

  it('takes a model that sees for images, of a key that may', () => {
    expect(choose({ request: IMAGE }, ['premium'])).toEqual(['gpt-5']);
    const { type, message } = refusal({ request: IMAGE });
    expect([type, message]).toEqual(['permission_error', expect.stringContaining('"premium"')]);
  });

  it('takes a model that reads files for files', () => {
    expect(choose({ request: FILE })).toEqual(['reader']);
  });

  it('says why it took it', () => {
    const reasonOf = (type: SelectionRequest['type']): string =>
      chooseModel({ type, request: { prompt: 'x' } }, compileRouting(registry), contextOf()).reason;
    expect(reasonOf('generation')).toBe('the default model of the default provider main');
    expect(reasonOf('embedding')).toBe('the first model that can do this of home, from the fallback chain');
  });

  it('passes over what this build cannot serve and what is switched off', () => {
    const only = createRegistry({ ...SOURCE, defaultProvider: 'groq', fallbackChain: ['off', 'home'] });
    expect(choose({}, [], only)).toEqual(['sim-chat']);
    const context = contextOf({ supportedKinds: new Set<ProviderKind>(['groq']) });
    expect(chooseModel({ type: 'code', request: {} }, compileRouting(only), context).targets[0].id).toBe('groq-chat');
  });

  it.each<[string, Partial<SelectionRequest>, string, string, RegExp]>([
    [
      'no model that can',
      { type: 'image', selection: { localOnly: true } },
      'invalid_request_error',
      'selection.localOnly',
      /locally/,
    ],
    [
      'no window that holds it',
      { request: { prompt: 'x'.repeat(700_000) } },
      'context_length_exceeded',
      'request',
      /largest window/,
    ],
    [
      'a version of nothing',
      { selection: { modelVersion: 'v1' } },
      'invalid_request_error',
      'selection.modelVersion',
      /modelId/,
    ],
  ])('refuses where there is %s', (_, request, code, param, message) => {
    expect(refusal(request)).toMatchObject({ status: 422, code, param, message: expect.stringMatching(message) });
  });

  it('names the capability that nothing has', () => {
    const bare = createRegistry({ ...SOURCE, models: new Map() });
    expect(() => choose({ type: 'embedding' }, [], bare)).toThrow(/No model of this gateway can do embedding/);
  });
});

describe('a named model', () => {
  it.each([
    ['gpt-4', 'gpt-4'],
    ['smart', 'gpt-4'],
    ['sim-chat', 'sim-chat'],
  ])('%s is taken', (modelId, id) => {
    expect(choose({ selection: { modelId } })).toEqual([id]);
    expect(choose({ selection: { modelId, provider: 'auto' } })).toEqual([id]);
  });

  it('is taken at the version that is named', () => {
    const { targets, reason } = chooseModel(
      { type: 'code', request: {}, selection: { modelId: 'smart', modelVersion: 'v1', provider: 'main' } },
      compileRouting(registry),
      contextOf(),
    );
    expect(targets).toMatchObject([{ id: 'gpt-4', version: 'v1' }]);
    expect(reason).toBe('named by the request as smart');
  });

  it('whose worker cuts what it embeds takes a text over its window, unless that must not be cut', () => {
    const cutting = createRegistry({
      ...SOURCE,
      providers: new Map([...SOURCE.providers, provider('hub', 'huggingface')]),
      models: new Map([...SOURCE.models, model('mini', 'hub', ['embedding', 'generation'], { contextWindow: 10 })]),
    });
    const long = { type: 'embedding', request: { input: LONG.prompt }, selection: { modelId: 'mini' } } as const;
    expect(choose(long, [], cutting)).toEqual(['mini']);
    const whole = { ...long, request: { ...long.request, overflow: 'refuse' } };
    expect(() => choose(whole, [], cutting)).toThrow(/window of mini \(10 tokens\)/);
    expect(() => choose({ ...long, type: 'generation', request: LONG }, [], cutting)).toThrow(/window of mini/);
  });

  it.each<[string, Partial<SelectionRequest>, Partial<GatewayError>, RegExp]>([
    [
      'is unknown',
      { selection: { modelId: 'gpt-9' } },
      { type: 'not_found_error', status: 404, code: 'model_not_found', param: 'selection.modelId' },
      /"gpt-9"/,
    ],
    [
      'has no such version',
      { selection: { modelId: 'smart', modelVersion: 'v7' } },
      { status: 404, code: 'model_not_found', param: 'selection.modelVersion' },
      /It has v1/,
    ],
    [
      'lacks the capability',
      { type: 'embedding', selection: { modelId: 'gpt-4' } },
      { status: 422, param: 'selection.modelId' },
      /cannot do embedding\. These can do embedding: sim-embedding\./,
    ],
    [
      'does not see',
      { request: IMAGE, selection: { modelId: 'gpt-4' } },
      { status: 422, param: 'selection.modelId' },
      /cannot do image_input/,
    ],
    [
      'does not hear',
      { request: AUDIO, selection: { modelId: 'gpt-5' } },
      { status: 422, param: 'selection.modelId' },
      /cannot do audio_input\. No model that your key may use can do generation with audio_input/,
    ],
    [
      'reads no files',
      { request: FILE, selection: { modelId: 'gpt-4' } },
      { status: 422, param: 'selection.modelId' },
      /cannot do file_input\. These can do generation with file_input: reader\./,
    ],
    [
      'has no tools',
      { request: { tools: [{ name: 't' }] }, selection: { modelId: 'cheap' } },
      { status: 422 },
      /cannot do tools.*: gpt-4\./,
    ],
    [
      'is not local',
      { selection: { modelId: 'gpt-4', localOnly: true } },
      { status: 422, param: 'selection.localOnly' },
      /is not local\. These .*: sim-chat\./,
    ],
    [
      'is not for this key',
      { selection: { modelId: 'gpt-5' } },
      { type: 'permission_error', status: 403 },
      /permission "premium"/,
    ],
    [
      'has too small a window',
      { request: LONG, selection: { modelId: 'gpt-4' } },
      { status: 422, code: 'context_length_exceeded' },
      /window of gpt-4 \(1000 tokens\)/,
    ],
    [
      'belongs to another provider',
      { selection: { modelId: 'gpt-4', provider: 'home' } },
      { status: 422, param: 'selection.provider' },
      /belongs to the provider main/,
    ],
    [
      'is of a kind not served yet',
      { selection: { modelId: 'groq-chat' } },
      { status: 422 },
      /kind groq, which this version cannot serve yet/,
    ],
    [
      'is switched off',
      { selection: { modelId: 'off-moderation' } },
      { status: 422 },
      /switched off in the configuration \(modules\.off\)/,
    ],
  ])('that %s is refused', (_, request, expected, message) => {
    expect(refusal(request)).toMatchObject({ ...expected, message: expect.stringMatching(message) });
  });

  it('repeats no endless name', () => {
    expect(refusal({ selection: { modelId: 'x'.repeat(10_000) } }).message.length).toBeLessThan(400);
  });
});

describe('a named provider', () => {
  it.each<[string, Partial<SelectionRequest>, string]>([
    ['gives its default model', { selection: { provider: 'main' } }, 'gpt-4'],
    [
      'gives its first that can, where it has no default',
      { type: 'embedding', selection: { provider: 'home' } },
      'sim-embedding',
    ],
    ['gives another where the default cannot', { request: LONG, selection: { provider: 'main' } }, 'cheap'],
  ])('%s', (_, request, expected) => {
    expect(choose(request)).toEqual([expected]);
  });

  it.each<[string, Partial<SelectionRequest>, RegExp]>([
    ['is unknown', { selection: { provider: 'opnai' } }, /no provider "opnai"\. Name one of late, groq, main/],
    [
      'has no model that can',
      { type: 'image', selection: { provider: 'main' } },
      /No model of the provider main can do image/,
    ],
    ['is not served yet', { selection: { provider: 'groq' } }, /kind groq, which this version cannot serve yet/],
    ['is switched off', { selection: { provider: 'off' } }, /switched off/],
  ])('that %s is refused', (_, request, message) => {
    expect(refusal(request)).toMatchObject({
      status: 422,
      param: 'selection.provider',
      message: expect.stringMatching(message),
    });
  });
});

describe('whatever exists', () => {
  const names = ['a', 'b', 'c'] as const;
  const anySource = fc.record({
    kinds: fc.tuple(...names.map(() => fc.constantFrom<ProviderKind>('openai', 'custom', 'groq'))),
    locals: fc.tuple(...names.map(() => fc.boolean())),
    on: fc.tuple(...names.map(() => fc.boolean())),
    models: fc.array(
      fc.record({
        of: fc.constantFrom(...names),
        capabilities: fc.subarray([...CAPABILITIES]),
        window: fc.integer({ min: 1, max: 50 }),
        permission: fc.option(fc.constantFrom('p', 'q'), { nil: undefined }),
      }),
    ),
    defaultProvider: fc.constantFrom(...names),
    fallbackChain: fc.subarray([...names]),
  });

  it('never picks what the job cannot use, and refuses only where nothing fits', () => {
    const request = fc.record({ type: fc.constantFrom(...JOB_TYPES), length: fc.nat(400), localOnly: fc.boolean() });
    fc.assert(
      fc.property(anySource, request, (drawn, { type, length, localOnly }) => {
        const source = createRegistry({
          providers: new Map(
            names.map((name, index) =>
              provider(name, drawn.kinds[index] ?? 'groq', { local: drawn.locals[index] ?? false }),
            ),
          ),
          models: new Map(
            drawn.models.map(({ of, capabilities, window, permission }, index) =>
              model(`m${index}`, of, capabilities, { contextWindow: window, ...(permission ? { permission } : {}) }),
            ),
          ),
          aliases: new Map(),
          defaultProvider: drawn.defaultProvider,
          fallbackChain: drawn.fallbackChain,
          modules: Object.fromEntries(names.map((name, index) => [name, drawn.on[index] ?? false])),
        });
        const fitting = source
          .listModels()
          .filter(
            (candidate) =>
              candidate.capabilities.includes(CAPABILITY_OF_JOB[type]) &&
              candidate.providerKind !== 'groq' &&
              candidate.enabled &&
              (candidate.local || !localOnly) &&
              candidate.requiredPermissions.every((permission) => permission === 'p') &&
              Math.floor(length / 6) <= (candidate.contextWindow ?? Infinity),
          );
        const wanted = { type, request: { prompt: 'x'.repeat(length) }, selection: { localOnly } };
        const context = contextOf({ permissions: new Set(['p']), supportedKinds: new Set(['openai', 'custom']) });
        const routing = compileRouting(source);
        if (fitting.length === 0) {
          expect(() => chooseModel(wanted, routing, context)).toThrow(GatewayError);
          return;
        }
        const [chosen] = chooseModel(wanted, routing, context).targets;
        expect(fitting).toContain(chosen);
        const nearer = fitting.some(({ provider: name }) => name === drawn.defaultProvider);
        if (nearer) expect(chosen.provider).toBe(drawn.defaultProvider);
      }),
    );
  });
});
