import type { Message, ModelRequest } from '@switchyard/contract';
import { Weigher, type TokenCounter } from '@switchyard/registry';
import { textsOf, trimConversation, trimInputs } from './trim-request.js';
import type { TrimMode } from './trim-text.js';

/** A token for each word, so that the figures can be counted by hand. */
const WORDS: TokenCounter = { exact: true, weigh: (text) => text.split(/\s+/).filter(Boolean).length };
const words = (count: number, name = 'w'): string =>
  Array.from({ length: count }, (_, index) => `${name}${index}`).join(' ');

const user = (content: Message['content']): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });

async function trim(request: ModelRequest, room: number, mode: TrimMode) {
  return await trimConversation(request, room, mode, new Weigher(WORDS));
}

const weight = (request: ModelRequest): number => textsOf(request).reduce((sum, text) => sum + WORDS.weigh(text), 0);

describe('a conversation that is trimmed', () => {
  it('loses words of its longest text, and tells how many tokens that were', async () => {
    const request = {
      systemPrompt: words(500),
      messages: [user(words(100, 'a')), assistant('yes'), user(words(10, 'q'))],
    };
    const trimmed = await trim(request, 60, 'trim_end');
    expect(trimmed).toEqual({
      value: { ...request, messages: [user(words(49, 'a')), assistant('yes'), user(words(10, 'q'))] },
      removedTokens: 51,
    });
  });

  it('loses words of the next longest only where that is not enough, and keeps some of each', async () => {
    const request = { prompt: words(100, 'p'), context: words(80, 'c') };
    const { value } = (await trim(request, 50, 'trim_end')) ?? {};
    expect(value?.context).toBe(words(34, 'c'));
    expect(value?.prompt).toBe(words(16, 'p'));
    expect((await trim({ prompt: words(100, 'p'), context: words(20, 'c') }, 50, 'trim_end'))?.value.context).toBe(
      words(20, 'c'),
    );
  });

  it('leaves alone what is the system’s, calls of tools, context that is no text, and what is no text', async () => {
    const image = { type: 'image_url', image_url: { url: 'https://x.example/a.png' } } as const;
    const calls = [{ id: 'c', name: 'look', arguments: words(50) }];
    const request: ModelRequest = {
      context: { documents: words(50) },
      tools: [{ name: 'look', description: words(50) }],
      messages: [
        { role: 'system', content: words(50) },
        user([{ type: 'text', text: words(40, 'a') }, image]),
        { role: 'assistant', content: null, toolCalls: calls },
        { role: 'tool', content: words(60, 't'), toolCallId: 'c' },
      ],
    };
    const trimmed = await trim(request, 70, 'trim_middle');
    expect(trimmed?.value).toMatchObject({
      context: request.context,
      tools: request.tools,
      messages: [
        { role: 'system', content: words(50) },
        { content: [{ type: 'text', text: words(40, 'a') }, image] },
        { content: null, toolCalls: calls },
        { role: 'tool', toolCallId: 'c' },
      ],
    });
    expect(trimmed && weight(trimmed.value)).toBe(70);
  });

  it('is not trimmed where not a word of some text would be left', async () => {
    expect(await trim({ prompt: words(9) }, 0, 'trim_end')).toBeUndefined();
    expect(await trim({ prompt: words(9) }, -5, 'trim_start')).toBeUndefined();
    expect(await trim({ messages: [user(words(9)), assistant(words(9))] }, 1, 'trim_end')).toBeUndefined();
  });

  it('takes an empty text for what it is', async () => {
    expect((await trim({ prompt: words(9), context: '' }, 5, 'trim_end'))?.value).toEqual({
      prompt: words(5),
      context: '',
    });
  });

  it('shares little room among many texts', async () => {
    const messages = Array.from({ length: 100 }, (_, index) =>
      index % 2 === 0 ? user(words(30)) : assistant(words(30)),
    );
    const trimmed = await trim({ messages }, 500, 'trim_end');
    expect(trimmed?.value.messages).toHaveLength(100);
    expect(trimmed && weight(trimmed.value)).toBeLessThanOrEqual(500);
  });
});

describe('a conversation that loses its beginning', () => {
  const system: Message = { role: 'system', content: words(100) };
  const messages = [
    system,
    user(words(20, 'a')),
    assistant(words(20, 'b')),
    user(words(20, 'c')),
    assistant(words(5, 'd')),
    user(words(10, 'e')),
  ];

  it('loses its oldest turns whole, and of the last that must go as much as there is no room for', async () => {
    const trimmed = await trim({ messages }, 30, 'trim_start');
    const rest = words(20, 'c').split(' ').slice(5).join(' ');
    expect(trimmed).toEqual({
      value: { messages: [system, user(rest), assistant(words(5, 'd')), user(words(10, 'e'))] },
      removedTokens: 45,
    });
  });

  it('loses a turn whole where what the user said cannot make enough room', async () => {
    const { value, removedTokens } = (await trim({ messages }, 12, 'trim_start')) ?? {};
    expect([value?.messages, removedTokens]).toEqual([[system, user(words(10, 'e'))], 65]);
  });

  it('keeps the newest turn, and shortens it at last', async () => {
    const { value } = (await trim({ messages }, 4, 'trim_start')) ?? {};
    expect(value?.messages).toEqual([system, user('e6 e7 e8 e9')]);
  });

  it('never tears a call from its answer', async () => {
    const calls = [{ id: 'c', name: 'look', arguments: '{}' }];
    const turn: readonly Message[] = [
      user(words(5)),
      { role: 'assistant', content: null, toolCalls: calls },
      { role: 'tool', content: words(50), toolCallId: 'c' },
      assistant(words(5)),
    ];
    const { value } = (await trim({ messages: [...turn, user('and now?')] }, 20, 'trim_start')) ?? {};
    expect(value?.messages).toEqual([user('and now?')]);
  });

  it('is a text like any other where it has one turn', async () => {
    expect((await trim({ prompt: words(9) }, 3, 'trim_start'))?.value.prompt).toBe('w6 w7 w8');
    const { value } = (await trim({ messages: [user(words(9)), assistant('ok')] }, 4, 'trim_start')) ?? {};
    expect(value?.messages).toEqual([user('w6 w7 w8'), assistant('ok')]);
  });
});

describe('inputs of an embedding', () => {
  it('are shortened each by itself', async () => {
    const trimmed = await trimInputs([words(3), words(9), words(7)], 5, 'trim_end', new Weigher(WORDS));
    expect(trimmed).toEqual({ value: [words(3), words(5), words(5)], removedTokens: 6 });
    expect(await trimInputs(words(9), 2, 'trim_start', new Weigher(WORDS))).toEqual({
      value: 'w7 w8',
      removedTokens: 7,
    });
    expect(await trimInputs(words(9), 0, 'trim_start', new Weigher(WORDS))).toBeUndefined();
  });
});
