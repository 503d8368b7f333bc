import { type ModelRequest } from '@switchyard/contract';
import { toChatRequest } from './chat-request.js';
import { maxTokensParameter, toDialect } from './quirks.js';

const dialect = toDialect('openai', {});

function translate(request: ModelRequest) {
  return toChatRequest({ providerModel: 'm', request }, dialect);
}

describe('messages', () => {
  const system = (content: string) => ({ role: 'system', content });
  const user = { role: 'user', content: 'Hi' } as const;

  it.each<[string, ModelRequest, unknown]>([
    ['a prompt', { prompt: 'Hi' }, [user]],
    ['a system prompt', { prompt: 'Hi', systemPrompt: 'S' }, [system('S'), user]],
    ['an empty system prompt', { prompt: 'Hi', systemPrompt: '' }, [user]],
    ['a context of text', { prompt: 'Hi', systemPrompt: 'S', context: 'C' }, [system('S\n\nContext:\nC'), user]],
    ['a context that is null', { prompt: 'Hi', context: null }, [user]],
    ['a context of JSON', { prompt: 'Hi', context: [{ a: 1 }] }, [system('Context:\n[{"a":1}]'), user]],
    [
      'a language',
      { prompt: 'Hi', systemPrompt: 'S', language: 'go', context: 0 },
      [system('S\n\nWrite the code in go.\n\nContext:\n0'), user],
    ],
    [
      'a system turn beside a system prompt',
      { systemPrompt: 'S', messages: [{ role: 'system', content: 'T' }, user] },
      [system('S'), system('T'), user],
    ],
    [
      'system turns in parts, one of them later',
      {
        messages: [
          {
            role: 'system',
            content: [
              { type: 'text', text: 'T' },
              { type: 'text', text: 'U' },
            ],
          },
          user,
          { role: 'system', content: 'V' },
        ],
        context: 'C',
      },
      [system('T\nU\n\nContext:\nC'), user, system('V')],
    ],
    [
      'turns without content',
      {
        messages: [
          { role: 'user', content: null },
          { role: 'tool', content: null },
          { role: 'assistant', content: null },
        ],
      },
      [
        { role: 'user', content: [] },
        { role: 'tool', tool_call_id: '', content: '' },
        { role: 'assistant', content: null },
      ],
    ],
  ])('of %s', (_name, request, messages) => {
    expect(translate(request)).toMatchObject({ body: { messages }, warnings: [] });
  });

  it('warns of an image where the dialect has no place for one', () => {
    const image = { type: 'image_url', image_url: { url: 'https://a.example/b.png' } } as const;
    const { body, warnings } = translate({ messages: [{ role: 'assistant', content: [image] }] });
    expect(body.messages).toEqual([{ role: 'assistant', content: '' }]);
    expect(warnings).toEqual([expect.stringContaining('Images, audio and files in turns other than the user’s')]);
  });
});

describe('parameters', () => {
  it('are left out when they are not given', () => {
    expect(translate({ prompt: 'Hi' }).body).toEqual({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] });
  });

  it('of another kind of job are named', () => {
    const { warnings } = translate({ prompt: 'Hi', size: '1x1', input: 'x', n: 2 });
    expect(warnings).toEqual(
      ['size', 'input', 'n'].map((name) => `${name} is not supported by this provider and was left out.`),
    );
  });

  it('cannot change what the gateway chose and paid for, nor reach into prototypes', () => {
    const options = JSON.parse('{"__proto__": {"polluted": 1}, "messages": [], "logit_bias": {"1": 2}}') as Record<
      string,
      unknown
    >;
    const { body } = translate({ prompt: 'Hi', providerOptions: { openai: options } });
    expect(body).toMatchObject({ messages: [{ content: 'Hi' }], logit_bias: { 1: 2 } });
    expect((body as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([
    ['gpt-4', 'max_tokens'],
    ['gpt-4o-mini', 'max_tokens'],
    ['gpt-3.5-turbo', 'max_tokens'],
    ['gpt-35-turbo-16k', 'max_tokens'],
    ['ollama/o1-like', 'max_tokens'],
    ['llama-3.1-70b', 'max_tokens'],
    ['o1', 'max_completion_tokens'],
    ['o4-mini-2025-04-16', 'max_completion_tokens'],
    ['gpt-5-nano', 'max_completion_tokens'],
    ['gpt-6.1-sol', 'max_completion_tokens'],
    ['gpt-10', 'max_completion_tokens'],
    ['ft:o4-mini:acme::1', 'max_completion_tokens'],
  ])('cap the answer of %s by %s', (model, parameter) => {
    expect(maxTokensParameter(model)).toBe(parameter);
  });
});
