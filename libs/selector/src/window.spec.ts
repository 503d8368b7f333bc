import { GatewayError, ZERO_USD, type Capability, type ProviderKind } from '@switchyard/contract';
import { createRegistry, type Registry } from '@switchyard/registry';
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

/** One provider of a kind, and its models by their windows. */
function registryOf(kind: ProviderKind, capability: Capability, windows: Readonly<Record<string, number>>): Registry {
  const provider = { name: 'p', kind, concurrency: 1, local: false, timeouts: TIMEOUTS, options: {} };
  const base = {
    provider: 'p',
    capabilities: [capability],
    price: PRICE,
    params: {},
    versions: {},
    fallbackModels: [],
  };
  return createRegistry({
    providers: new Map([['p', provider]]),
    models: new Map(
      Object.entries(windows).map(([id, contextWindow]) => [id, { ...base, id, providerModel: id, contextWindow }]),
    ),
    aliases: new Map(),
    defaultProvider: 'p',
    fallbackChain: [],
  });
}

const registry = registryOf('openai', 'generation', { small: 1_000, large: 100_000 });
const LONG = 'word '.repeat(2_000);

function choose(request: Partial<SelectionRequest>, of = registry): string {
  const asked = { type: 'generation', request: { prompt: 'Hi' }, ...request } as const;
  return chooseModel(asked, compileRouting(of), contextOf()).targets[0].id;
}

function refusal(request: Partial<SelectionRequest>): GatewayError {
  try {
    choose(request);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('a prompt whose tokens were counted', () => {
  const needed = { promptTokens: 900, maxTokens: 200, exact: true };

  it('is refused with the numbers', () => {
    const error = refusal({ needed, selection: { modelId: 'small' } });
    expect(error).toMatchObject({ status: 422, code: 'context_length_exceeded', param: 'request' });
    expect(error.message).toBe(
      'The prompt is 900 tokens long and maxTokens is 200, more than the window of small (1000 tokens). ' +
        'Shorten it, lower maxTokens, let `request.overflow` trim it, or name a model with a larger window.',
    );
  });

  it('is told to be an estimate where it is one, and where trimming did not help', () => {
    const request = { prompt: 'x', overflow: 'trim_end' };
    const estimated = { promptTokens: 1_000, maxTokens: null, exact: false };
    expect(refusal({ request, needed: estimated, selection: { modelId: 'small' } }).message).toBe(
      'The prompt is up to 1000 tokens long, more than the window of small (1000 tokens). ' +
        'Shorten it, or name a model with a larger window.',
    );
  });

  it('goes to a model with a larger window where none is named', () => {
    expect(choose({ needed })).toBe('large');
    expect(choose({ needed: { ...needed, maxTokens: 100 } })).toBe('small');
  });
});

describe('a prompt that is surely too long', () => {
  it('is refused before it is counted', () => {
    const { code, message } = refusal({ request: { prompt: LONG }, selection: { modelId: 'small' } });
    expect([code, message]).toEqual(['context_length_exceeded', expect.stringContaining('at least 1666 tokens')]);
  });

  it('is taken where it asks to be trimmed', () => {
    expect(choose({ request: { prompt: LONG, overflow: 'trim_middle' }, selection: { modelId: 'small' } })).toBe(
      'small',
    );
    expect(() => choose({ request: { prompt: LONG, overflow: 'refuse' }, selection: { modelId: 'small' } })).toThrow(
      GatewayError,
    );
  });

  it('is taken where the model’s own worker cuts it', () => {
    const request = { input: LONG };
    const asked = { type: 'embedding', request, selection: { modelId: 'mini' } } as const;
    expect(choose(asked, registryOf('huggingface', 'embedding', { mini: 512 }))).toBe('mini');
    expect(() => choose(asked, registryOf('openai', 'embedding', { mini: 512 }))).toThrow(GatewayError);
  });
});
