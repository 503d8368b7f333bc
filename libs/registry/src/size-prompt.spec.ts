import type { ModelRequest } from '@switchyard/contract';
import { sizePrompt } from './count-prompt-tokens.js';
import { boundWindowTokens, leastPromptTokens } from './prompt-size.js';
import { openTokenCounter } from './token-counter.js';

const GPT_4O = { providerKind: 'openai', providerModel: 'gpt-4o' } as const;
const SENTENCE = 'The quick brown fox jumps over the lazy dog. ';

describe('what a prompt takes of a window', () => {
  // By OpenAI's published rule: three tokens frame a turn, one says its role, and three begin the answer.
  it.each<[ModelRequest, number]>([
    [{ prompt: 'Hello there' }, 9],
    [{ messages: [{ role: 'user', content: 'Hello there' }] }, 9],
    [{ systemPrompt: 'Be brief.', prompt: 'Hello there' }, 16],
    [{ input: 'Hello there' }, 2],
    [{ input: ['Hello', 'Hello there, you', 'Hello there'] }, 4],
  ])('is exact for OpenAI’s encodings: %j', async (request, tokens) => {
    expect(await sizePrompt(request, GPT_4O)).toEqual({ tokens, exact: true });
  });

  it.each([
    ['openai', 'gpt-4', true],
    ['openai', 'ft:gpt-4o-mini:acme::1', true],
    ['azure_openai', 'gpt-4o', true],
    ['azure_openai', 'gpt-35-turbo', true],
    ['copilot', 'openai/gpt-4.1', true],
    ['groq', 'openai/gpt-oss-20b', true],
    ['simulator', 'sim-chat', true],
    ['azure_openai', 'my-deployment', false],
    ['custom', 'gpt-4o', false],
    ['vertex', 'gemini-2.5-pro', false],
    ['anthropic', 'claude-opus-5', false],
    ['groq', 'llama-3.3-70b-versatile', false],
  ] as const)('at %s of %s: exact is %s', async (providerKind, providerModel, exact) => {
    const counter = await openTokenCounter({ providerKind, providerModel });
    expect(counter.exact).toBe(exact);
    const [own, openai] = [counter.weigh(SENTENCE), 10];
    if (!exact) expect(own).toBeGreaterThan(openai);
  });

  it('is rather too much where it is estimated', async () => {
    // Published counts of one page: Claude 5.5 takes 728 tokens where OpenAI takes 461, Gemini 455.
    const claude = await openTokenCounter({ providerKind: 'anthropic', providerModel: 'claude-opus-5-5' });
    const openai = await openTokenCounter(GPT_4O);
    expect(claude.weigh(SENTENCE) / openai.weigh(SENTENCE)).toBeGreaterThan(728 / 461);
  });

  it('is not exact with what is no text', async () => {
    const audio = { type: 'audio', audio: { data: 'AAAA', format: 'mp3' } } as const;
    const { exact } = await sizePrompt({ messages: [{ role: 'user', content: [audio] }] }, GPT_4O);
    expect(exact).toBe(false);
  });

  it('is told of a prompt that would take seconds by its pieces', async () => {
    const { tokens, exact } = await sizePrompt({ prompt: SENTENCE.repeat(40_000) }, GPT_4O);
    expect(exact).toBe(false);
    expect(tokens).toBeGreaterThan(390_000);
    expect(tokens).toBeLessThan(440_000);
  });

  it('lies between its bounds', async () => {
    for (const request of [
      { prompt: SENTENCE.repeat(9) },
      { input: ['a', SENTENCE] },
      { prompt: '日本語', systemPrompt: '😀' },
    ]) {
      const { tokens } = await sizePrompt(request, GPT_4O);
      expect(tokens).toBeLessThanOrEqual(boundWindowTokens(request));
      expect(tokens).toBeGreaterThanOrEqual(leastPromptTokens(request));
    }
  });
});
