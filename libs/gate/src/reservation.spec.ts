import fc from 'fast-check';
import { costOfUsage } from '@switchyard/budget';
import {
  parseUsd,
  type ModelRequest,
  type NanoUsd,
  type Price,
  type ProviderKind,
  type Usage,
} from '@switchyard/contract';
import { boundPromptTokens, type ResolvedModel } from '@switchyard/registry';
import type { JobBody } from './native/parse-job.js';
import { boundCost, outputCap } from './reservation.js';

const usd = (text: string): NanoUsd => parseUsd(text) ?? (0n as NanoUsd);

const PRICE: Price = {
  inputPerMillion: usd('3'),
  outputPerMillion: usd('15'),
  cachedInputPerMillion: usd('0.3'),
  cacheWritePerMillion: usd('3.75'),
  audioInputPerMillion: usd('32'),
  perRequest: usd('0.01'),
  perImage: {},
  batchFactorPpm: 500_000,
  above: [
    { inputTokens: 300, inputPerMillion: usd('6'), outputPerMillion: usd('22.5'), cacheWritePerMillion: usd('7.5') },
    { inputTokens: 5_000, inputPerMillion: usd('1'), outputPerMillion: usd('1') },
  ],
};

function model(providerKind: ProviderKind, more: Partial<ResolvedModel> = {}): ResolvedModel {
  return {
    id: 'm',
    name: 'm',
    version: null,
    provider: 'p',
    providerKind,
    local: false,
    enabled: true,
    providerModel: 'm',
    capabilities: ['generation', 'audio_input'],
    contextWindow: 10_000,
    price: PRICE,
    params: {},
    requiredPermissions: [],
    fallbackModels: [],
    ...more,
  };
}

function job(request: ModelRequest): JobBody {
  const times = { priority: 5, delaySeconds: 0, timeoutSeconds: 600, expiresInSeconds: 60 };
  return { type: 'generation', request, selection: {}, userId: null, task: null, metadata: {}, ...times };
}

function reserve(request: ModelRequest, of: ResolvedModel): NanoUsd {
  return boundCost(job(request), of, outputCap(request, of, true));
}

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2_000 });
const audio = fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const asked = fc.oneof(
  text.map((prompt): ModelRequest => ({ prompt })),
  text.map((prompt): ModelRequest => ({ prompt, providerOptions: { anthropic: { cache_control: {} } } })),
  fc.tuple(text, audio).map(([said, data]): ModelRequest => {
    const heard = { type: 'audio', audio: { data, format: 'mp3' } } as const;
    return { messages: [{ role: 'user', content: [{ type: 'text', text: said }, heard] }] };
  }),
);
const part = fc.double({ min: 0, max: 1, noNaN: true });

describe('what an attempt reserves', () => {
  it('covers whatever usage its bounds allow', () => {
    const parts = fc.record({ prompt: part, answer: part, cached: part, written: part, audio: part });
    const kinds = fc.constantFrom<ProviderKind>('openai', 'anthropic', 'anthropic_vertex', 'vertex');
    fc.assert(
      fc.property(asked, parts, kinds, fc.integer({ min: 1, max: 500 }), (request, of, kind, maxTokens) => {
        const target = model(kind);
        const promptTokens = Math.floor(boundPromptTokens(request, target.contextWindow) * of.prompt);
        const completionTokens = Math.floor(maxTokens * of.answer);
        const writes = !kind.startsWith('anthropic') || request.providerOptions !== undefined;
        const usage: Usage = {
          promptTokens,
          completionTokens,
          totalTokens: promptTokens + completionTokens,
          cachedPromptTokens: Math.floor(promptTokens * of.cached),
          cacheWriteTokens: writes ? Math.floor(promptTokens * of.written) : 0,
          audioPromptTokens: request.messages ? Math.floor(promptTokens * of.audio) : 0,
        };
        return costOfUsage(usage, PRICE) <= reserve({ ...request, maxTokens }, target);
      }),
      { numRuns: 1_000 },
    );
  });

  it('counts on a cache of Anthropic’s only where the request or the model asks for one', () => {
    const asks = { prompt: 'Hi', providerOptions: { anthropic: { cache_control: { type: 'ephemeral' } } } };
    const plain = { ...asks, providerOptions: { anthropic: { cache_contrOl: { type: 'ephemeral' } } } };
    const target = model('anthropic');
    expect(reserve(asks, target)).toBeGreaterThan(reserve(plain, target));
    expect(reserve(plain, model('anthropic', { params: { cache_control: {} } }))).toBe(reserve(asks, target));
    expect(reserve(plain, model('openai'))).toBe(reserve(asks, target));
  });

  it('counts on an hour in that cache where it is asked for', () => {
    const price: Price = { ...PRICE, above: [], perRequest: usd('0'), outputPerMillion: usd('0') };
    const reserved = (cache_control: object): NanoUsd =>
      reserve({ prompt: 'Hi', providerOptions: { anthropic: { cache_control } } }, model('anthropic', { price }));
    const brief = reserved({ ttl: '5m', type: 'ephemeral' });
    const long = reserved({ ttl: '1h', type: 'ephemeral' });
    // Twice the input to 1.25 times the input, of the same bytes.
    expect([long * 5n, brief > 0n]).toEqual([brief * 8n, true]);
  });

  it('reckons with more tokens for a larger picture', () => {
    const target = model('openai', { price: { ...PRICE, above: [], perRequest: usd('0'), inputPerMillion: usd('0') } });
    const reserved = (request: ModelRequest): NanoUsd =>
      boundCost({ ...job({ prompt: 'x', ...request }), type: 'image' }, target, outputCap({}, target, true));
    const plain = reserved({});
    expect(reserved({ size: '256x256' })).toBe(plain);
    expect(reserved({ size: 'auto' })).toBe(plain);
    // 3840x2160 has 5.27 times the pixels of the dearest that is published: 32,738 tokens at 15 dollars a million.
    expect(reserved({ size: '3840x2160' }) - plain).toBe(((32_738n - 6_208n) * 15_000_000_000n) / 1_000_000n);
    expect(reserved({ width: 3_840, height: 2_160 })).toBe(reserved({ size: '3840x2160' }));
  });

  it('covers what the model says where the request does not', () => {
    const perImage = { default: usd('0.04'), '1792x1024/hd': usd('0.12') };
    const price: Price = { ...PRICE, perImage, perRequest: usd('0'), inputPerMillion: usd('0'), above: [] };
    const plain = model('openai', { price: { ...price, outputPerMillion: usd('0') } });
    const params = { size: '1792x1024', quality: 'hd', n: 3 };
    const reserved = (request: ModelRequest, of: ResolvedModel): NanoUsd =>
      boundCost({ ...job({ prompt: 'x', ...request }), type: 'image' }, of, outputCap({}, of, true));
    expect(reserved({}, { ...plain, params }) - reserved({}, { ...plain, params: {} })).toBe(usd('0.32'));
    expect(reserved({ ...params, n: 1, quality: 'low' }, { ...plain, params })).toBe(reserved({ size: '9x9' }, plain));
    const told = { systemPrompt: 'Be brief. '.repeat(20) };
    expect(reserve({ prompt: 'x' }, model('openai', { params: told }))).toBe(
      reserve({ prompt: 'x', ...told }, model('openai')),
    );
  });

  it('reckons with no more of a document than the window holds', () => {
    const file = { data: 'JVBERi0=', mimeType: 'application/pdf' };
    const request: ModelRequest = { messages: [{ role: 'user', content: [{ type: 'file', file }] }], maxTokens: 1 };
    const price: Price = { ...PRICE, above: [], perRequest: usd('0'), outputPerMillion: usd('0') };
    expect(reserve(request, model('anthropic', { price }))).toBe(usd('0.03'));
  });
});
