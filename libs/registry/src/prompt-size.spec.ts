import fc from 'fast-check';
import type { ModelRequest } from '@switchyard/contract';
import { boundPromptTokens, estimatePromptTokens, leastPromptTokens } from './prompt-size.js';

const text = fc.string({ unit: 'binary' });
const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(100_000)}` } } as const;

const anyRequest: fc.Arbitrary<ModelRequest> = fc.record({
  prompt: text,
  systemPrompt: text,
  context: fc.jsonValue(),
  messages: fc.array(fc.record({ role: fc.constantFrom('user', 'assistant'), content: text })),
  input: fc.array(text),
  tools: fc.array(fc.record({ name: text, description: text })),
});

describe('the size of a prompt', () => {
  it.each<[string, (text: string) => ModelRequest]>([
    ['a prompt', (prompt) => ({ prompt })],
    ['a system prompt', (systemPrompt) => ({ prompt: 'a', systemPrompt })],
    ['context', (context) => ({ prompt: 'a', context })],
    ['context as JSON', (value) => ({ prompt: 'a', context: { key: [value] } })],
    ['a message', (content) => ({ messages: [{ role: 'user', content }] })],
    [
      'a part of a message',
      (part) => ({ messages: [{ role: 'user', content: [{ type: 'text', text: part }, image] }] }),
    ],
    ['the answer of a tool', (content) => ({ messages: [{ role: 'tool', content, toolCallId: 'c' }] })],
    [
      'the call of a tool',
      (name) => ({ messages: [{ role: 'assistant', content: null, toolCalls: [{ id: 'i', name, arguments: '{}' }] }] }),
    ],
    ['a tool', (description) => ({ prompt: 'a', tools: [{ name: 'n', description }] })],
    ['the only input', (input) => ({ input })],
    ['an input', (input) => ({ input: ['a', input] })],
    ['a negative prompt', (negativePrompt) => ({ prompt: 'a', negativePrompt })],
    ['a programming language', (language) => ({ prompt: 'a', language })],
  ])('counts every byte of %s', (_, request) => {
    expect(boundPromptTokens(request('a€é😀')) - boundPromptTokens(request(''))).toBe(10);
  });

  it('bounds from above, and from below, whatever the text', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const bound = boundPromptTokens(request);
        return leastPromptTokens(request) <= estimatePromptTokens(request) && estimatePromptTokens(request) <= bound;
      }),
    );
  });

  it('never shrinks when something is added', () => {
    fc.assert(
      fc.property(anyRequest, text, (request, more) => {
        const longer = { ...request, prompt: `${request.prompt ?? ''}${more}` };
        return (
          boundPromptTokens(longer) >= boundPromptTokens(request) &&
          leastPromptTokens(longer) >= leastPromptTokens(request)
        );
      }),
    );
  });

  it('counts an image by what vendors charge, not by its bytes', () => {
    const messages = [{ role: 'user', content: [image] }] as const;
    expect(boundPromptTokens({ messages })).toBeLessThan(60_000);
    expect(boundPromptTokens({ messages })).toBeGreaterThan(48_169);
    expect(leastPromptTokens({ messages })).toBe(0);
    const small = [
      { role: 'user', content: [{ ...image, image_url: { ...image.image_url, detail: 'low' } }] },
    ] as const;
    expect(boundPromptTokens({ messages: small })).toBeLessThan(4_000);
  });

  it('asks of a window only what must be in it at once', () => {
    expect(leastPromptTokens({ input: ['a'.repeat(600), 'b'.repeat(60)] })).toBe(100);
    expect(leastPromptTokens({ prompt: 'a'.repeat(600) })).toBe(100);
  });
});
