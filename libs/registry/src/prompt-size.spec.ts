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

  describe('of a recording', () => {
    /** Ten seconds: 16,000 samples of two bytes each second. */
    const wav = (format = 1, samplesPerSecond = 16_000): string => {
      const header = Buffer.alloc(44);
      header.write('RIFF\0\0\0\0WAVEfmt ', 'latin1');
      header.writeUInt16LE(format, 20);
      header.writeUInt16LE(1, 22);
      header.writeUInt32LE(samplesPerSecond, 24);
      header.writeUInt16LE(16, 34);
      return Buffer.concat([header, Buffer.alloc(320_000)]).toString('base64');
    };
    const heard = (data: string, format: 'wav' | 'mp3' | 'flac' | 'ogg' | 'aac'): ModelRequest => ({
      messages: [{ role: 'user', content: [{ type: 'audio', audio: { data, format } }] }],
    });
    const framing = boundPromptTokens({ messages: [{ role: 'user', content: [] }] });
    const mostOf = (data: string, format: 'wav' | 'mp3' | 'flac' | 'ogg' | 'aac', window = 1_000_000): number =>
      boundPromptTokens(heard(data, format), window) - framing;

    it('goes by its length, which the header of a WAV file tells', () => {
      expect(mostOf(wav(), 'wav')).toBe(501);
      expect(mostOf(wav(1, 8_000), 'wav')).toBe(1_001);
      expect(estimatePromptTokens(heard(wav(), 'wav'))).toBe(4 + 321);
    });

    it('goes by the lowest bitrate that MP3 has', () => {
      expect(mostOf(Buffer.alloc(30_000).toString('base64'), 'mp3')).toBe(1_500);
    });

    it.each([
      ['compressed samples', wav(2), 'wav'],
      ['a header that says nothing', wav(1, 0), 'wav'],
      ['no header', Buffer.alloc(9).toString('base64'), 'wav'],
      ['FLAC', Buffer.alloc(9).toString('base64'), 'flac'],
      ['Ogg', Buffer.alloc(9).toString('base64'), 'ogg'],
      ['AAC', Buffer.alloc(9).toString('base64'), 'aac'],
    ] as const)('is as long as the window lets it be: %s', (_, data, format) => {
      expect(mostOf(data, format, 128_000) + framing).toBe(128_000);
      expect(boundPromptTokens(heard(data, format))).toBe(2_097_152);
    });
  });

  describe('of a document', () => {
    const read = (mimeType: string): ModelRequest => ({
      messages: [
        {
          role: 'user',
          content: [{ type: 'file', file: { data: Buffer.alloc(60_000).toString('base64'), mimeType } }],
        },
      ],
    });
    const framing = boundPromptTokens({ messages: [{ role: 'user', content: [] }] });

    it('goes by its bytes where it is text', () => {
      expect(boundPromptTokens(read('text/csv'), 1_000_000) - framing).toBe(60_000);
      expect(estimatePromptTokens(read('text/csv'))).toBe(15_004);
    });

    it('goes by the window where its pages may be compressed, and likely by its pages', () => {
      expect(boundPromptTokens(read('application/pdf'), 200_000)).toBe(200_000);
      expect(estimatePromptTokens(read('application/pdf'))).toBe(5_004);
    });

    it('never asks more of a window than its text', () => {
      expect(leastPromptTokens(read('application/pdf'))).toBe(0);
    });
  });

  it('asks of a window only what must be in it at once', () => {
    expect(leastPromptTokens({ input: ['a'.repeat(600), 'b'.repeat(60)] })).toBe(100);
    expect(leastPromptTokens({ prompt: 'a'.repeat(600) })).toBe(100);
  });
});
