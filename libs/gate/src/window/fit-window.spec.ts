import fc from 'fast-check';
import { ZERO_USD, type JobType, type ModelRequest } from '@switchyard/contract';
import { sizePrompt, type ResolvedModel } from '@switchyard/registry';
import { outputCap } from '../reservation.js';
import { fitWindow, type Fit } from './fit-window.js';
import { TRIM_MODES } from './trim-text.js';

const PRICE = {
  inputPerMillion: ZERO_USD,
  outputPerMillion: ZERO_USD,
  perRequest: ZERO_USD,
  perImage: {},
  batchFactorPpm: 0,
  above: [],
};

function model(contextWindow: number, more: Partial<ResolvedModel> = {}): ResolvedModel {
  return {
    id: 'm',
    name: 'm',
    version: null,
    provider: 'p',
    providerKind: 'openai',
    local: false,
    enabled: true,
    providerModel: 'gpt-4o',
    capabilities: ['generation', 'embedding'],
    contextWindow,
    price: PRICE,
    params: {},
    requiredPermissions: [],
    fallbackModels: [],
    ...more,
  };
}

async function fit(
  request: ModelRequest,
  of: ResolvedModel,
  type: JobType = 'generation',
  blocks = false,
): Promise<Fit> {
  return await fitWindow({ type, request }, of, outputCap(request, of, blocks));
}

const prompt = 'The quick brown fox jumps over the lazy dog. '.repeat(20);
/** Ten tokens a sentence, and seven that frame it. */
const TOKENS = 20 * 10 + 1 + 7;

describe('a prompt and its window', () => {
  it('fit by their bytes without a count, or once they are counted', async () => {
    for (const window of [20_000, TOKENS + 1]) {
      expect(await fit({ prompt }, model(window))).toMatchObject({ fits: true, request: { prompt } });
    }
  });

  it('do not fit by one token, and the numbers are told', async () => {
    expect(await fit({ prompt }, model(TOKENS))).toEqual({
      fits: false,
      needs: { promptTokens: TOKENS, maxTokens: null, exact: true },
    });
    expect(await fit({ prompt, maxTokens: 10 }, model(TOKENS + 9))).toEqual({
      fits: false,
      needs: { promptTokens: TOKENS, maxTokens: 10, exact: true },
    });
    expect(await fit({ prompt, maxTokens: 10 }, model(TOKENS + 10))).toMatchObject({ fits: true });
  });

  it('leave the answer that nobody asked for by its length the room that there is', async () => {
    const byDefault = model(TOKENS + 9, { defaultMaxTokens: 100 });
    expect(await fit({ prompt }, byDefault)).toMatchObject({ fits: true, cap: { sent: 9, tokens: 9 } });
    expect(await fit({ prompt }, model(TOKENS + 9), 'generation', true)).toMatchObject({
      cap: { sent: 9, imposed: true },
    });
    expect(await fit({ prompt: 'Hi' }, model(5_000, { defaultMaxTokens: 100 }))).toMatchObject({ cap: { sent: 100 } });
  });

  it('are estimated from above where the tokenizer is not known', async () => {
    const claude = model(300, { providerKind: 'anthropic', providerModel: 'claude-opus-5' });
    const { needs } = (await fit({ prompt }, claude)) as Extract<Fit, { fits: false }>;
    expect([needs.exact, needs.promptTokens > TOKENS]).toEqual([false, true]);
  });

  it('are no matter of a picture, nor of a model without a window', async () => {
    const { contextWindow: _none, ...windowless } = model(1);
    expect(await fit({ prompt }, model(1), 'image')).toMatchObject({ fits: true });
    expect(await fit({ prompt }, windowless)).toMatchObject({ fits: true });
  });

  it('are looked at input by input of an embedding', async () => {
    const inputs = Array.from({ length: 50 }, () => prompt);
    expect(await fit({ input: inputs }, model(201), 'embedding')).toMatchObject({ fits: true });
    expect(await fit({ input: ['a', prompt] }, model(200), 'embedding')).toEqual({
      fits: false,
      needs: { promptTokens: 201, maxTokens: null, exact: true },
    });
  });

  it('are left to the worker that holds the model itself, but for cuts that it does not do', async () => {
    const local = model(10, { providerKind: 'huggingface', providerModel: 'Xenova/all-MiniLM-L6-v2' });
    for (const overflow of [undefined, 'refuse', 'trim_end']) {
      const request = overflow === undefined ? { input: prompt } : { input: prompt, overflow };
      expect(await fit(request, local, 'embedding')).toMatchObject({ fits: true, request });
    }
    expect(await fit({ input: prompt, overflow: 'trim_start' }, local, 'embedding')).toMatchObject({
      fits: true,
      trimmed: { mode: 'trim_start' },
    });
  });
});

describe('a prompt that is trimmed to its window', () => {
  it('leaves room for its answer, and says how many tokens went', async () => {
    const request = { prompt, overflow: 'trim_end', maxTokens: 20, systemPrompt: 'Be brief.' };
    const found = await fit(request, model(128));
    if (!found.fits) throw new Error('It was not trimmed.');
    const size = await sizePrompt(found.request, model(128));
    expect([size.tokens <= 108, size.tokens > 100]).toEqual([true, true]);
    expect(found.request).toMatchObject({ systemPrompt: 'Be brief.', maxTokens: 20 });
    expect(found.trimmed).toEqual({
      mode: 'trim_end',
      tokens: (await sizePrompt(request, model(128))).tokens - size.tokens,
    });
  });

  it('fits whatever it was, or is refused', async () => {
    const said = fc.string({ unit: 'grapheme', maxLength: 300 });
    const anyRequest = fc.record({
      messages: fc.array(fc.record({ role: fc.constantFrom('user', 'assistant'), content: said }), {
        minLength: 1,
        maxLength: 8,
      }),
      systemPrompt: said,
      overflow: fc.constantFrom(...TRIM_MODES),
      maxTokens: fc.integer({ min: 1, max: 60 }),
    });
    const kinds = fc.constantFrom(
      ...([
        ['openai', 'gpt-4o'],
        ['openai', 'gpt-4'],
        ['anthropic', 'claude-opus-5'],
        ['simulator', 'sim-chat'],
      ] as const),
    );
    await fc.assert(
      fc.asyncProperty(
        anyRequest,
        kinds,
        fc.integer({ min: 40, max: 400 }),
        async (request, [providerKind, providerModel], window) => {
          const target = model(window, { providerKind, providerModel });
          const found = await fit(request, target);
          if (!found.fits) return;
          const { tokens } = await sizePrompt(found.request, target);
          expect(tokens + request.maxTokens).toBeLessThanOrEqual(window);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is refused where what must stay leaves no room', async () => {
    expect(await fit({ prompt, systemPrompt: prompt, overflow: 'trim_end' }, model(150))).toMatchObject({
      fits: false,
    });
  });

  it('makes room for what the model says, and keeps saying only what it said itself', async () => {
    const params = { systemPrompt: 'Be brief. '.repeat(10), temperature: 0.5 };
    const target = model(128, { params });
    const found = await fit({ prompt, overflow: 'trim_end', maxTokens: 20 }, target);
    if (!found.fits) throw new Error('It was not trimmed.');
    expect(Object.keys(found.request).sort()).toEqual(['maxTokens', 'overflow', 'prompt']);
    const size = await sizePrompt({ ...params, ...found.request }, target);
    expect([size.tokens <= 108, size.tokens > 98]).toEqual([true, true]);
    const context = prompt;
    const shortened = await fit({ prompt: 'Why?', overflow: 'trim_end' }, model(128, { params: { context } }));
    expect(shortened).toMatchObject({
      fits: true,
      request: { prompt: 'Why?', context: expect.any(String) as unknown },
    });
  });

  it('is of each input by itself where vectors are asked for', async () => {
    const found = await fit({ input: ['short', prompt], overflow: 'trim_end' }, model(100), 'embedding');
    expect(found).toMatchObject({
      fits: true,
      trimmed: { tokens: expect.any(Number) },
      request: { input: ['short', expect.any(String)] },
    });
  });
});
