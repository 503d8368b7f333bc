import { readChatReply } from './chat-reply.js';
import { ChatAssembly } from './chat-stream.js';
import { readEmbeddings } from './embeddings.js';
import { readImages } from './images.js';

function failure(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

const BAD = { name: 'ProviderError', code: 'bad_response' };

function chat(message: unknown, finish_reason: unknown = 'stop') {
  return readChatReply({ choices: [{ message, finish_reason }] }, []);
}

describe('chat', () => {
  it.each([
    ['stop', 'stop', 'stop'],
    ['length', 'length', 'length'],
    ['content_filter', 'content_filter', 'content_filter'],
    ['function_call', 'tool_calls', 'function_call'],
    ['eos_token', 'stop', 'eos_token'],
    ['toString', 'stop', 'toString'],
    [null, 'stop', null],
    [7, 'stop', null],
  ])('finish reason %j is %s', (said, finishReason, rawFinishReason) => {
    expect(chat({ content: 'x' }, said)).toMatchObject({ content: 'x', finishReason, rawFinishReason });
  });

  it('reads what servers of the dialect write for content and tool calls', () => {
    expect(chat({}).content).toBe('');
    expect(
      chat({ content: [{ type: 'text', text: 'a' }, { type: 'thinking' }, { type: 'text', text: 'b' }] }).content,
    ).toBe('ab');
    expect(
      chat({
        content: null,
        tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }, { id: '', function: { name: 'g' } }],
      }),
    ).toMatchObject({
      finishReason: 'tool_calls',
      toolCalls: [
        { id: 'call_0', name: 'f', arguments: '{"a":1}' },
        { id: 'call_1', name: 'g', arguments: '{}' },
      ],
    });
  });

  it.each([
    [{}],
    [{ choices: [] }],
    [{ choices: [{}] }],
    [{ choices: [{ message: { content: 5 } }] }],
    [{ choices: [{ message: { tool_calls: {} } }] }],
    [{ choices: [{ message: { tool_calls: [{ function: {} }] } }] }],
  ])('refuses %j', (raw) => {
    expect(failure(() => readChatReply(raw, []))).toMatchObject(BAD);
  });
});

describe('chat, streamed', () => {
  const delta = (value: unknown, more = {}) => ({ choices: [{ index: 0, delta: value, ...more }] });

  it('keeps the last sensible usage, and what chunks say of the answer', () => {
    const assembly = new ChatAssembly();
    assembly.add({ id: '', model: '', prompt_filter_results: [], choices: [], usage: null });
    assembly.add({
      id: 'c',
      model: 'm',
      usage: { prompt_tokens: 5, completion_tokens: 1 },
      ...delta({ content: 'a' }),
    });
    assembly.add({
      id: 'c',
      model: 'm',
      usage: { prompt_tokens: 5, completion_tokens: 2 },
      ...delta({ content: 'b' }),
    });
    assembly.add({ id: 'c', model: 'm', usage: { prompt_tokens: -1 }, ...delta({}, { finish_reason: 'stop' }) });
    expect(assembly.finish(['w'])).toEqual({
      content: 'ab',
      toolCalls: [],
      finishReason: 'stop',
      rawFinishReason: 'stop',
      usage: { promptTokens: 5, completionTokens: 2, totalTokens: 7 },
      warnings: ['w'],
      raw: {
        id: 'c',
        model: 'm',
        object: 'chat.completion',
        prompt_filter_results: [],
        choices: [{ index: 0, message: { role: 'assistant', content: 'ab' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 5, completion_tokens: 2 },
      },
    });
  });

  it('streams a refusal as text', () => {
    const assembly = new ChatAssembly();
    expect(assembly.add(delta({ refusal: 'No' }))).toEqual([{ type: 'text-delta', text: 'No' }]);
    assembly.add(delta({ refusal: '.' }, { finish_reason: 'stop' }));
    expect(assembly.finish([])).toMatchObject({ content: 'No.', finishReason: 'content_filter' });
  });

  it('reads one choice, and tool calls whose id and name are repeated', () => {
    const assembly = new ChatAssembly();
    expect(assembly.add({ choices: [{ index: 1, delta: { content: 'other' } }] })).toEqual([]);
    const call = (text: string) =>
      delta({ tool_calls: [{ index: 0, id: 'i', function: { name: 'f', arguments: text } }] });
    expect(assembly.add(call('{'))).toEqual([
      { type: 'tool-call-delta', index: 0, id: 'i', name: 'f', arguments: '{' },
    ]);
    expect(assembly.add(call('}'))).toEqual([{ type: 'tool-call-delta', index: 0, arguments: '}' }]);
    assembly.add(delta({ tool_calls: [7, { function: { arguments: ' ' } }] }, { finish_reason: 'tool_calls' }));
    expect(assembly.finish([]).toolCalls).toEqual([{ id: 'i', name: 'f', arguments: '{} ' }]);
  });

  it('tells tool calls without an index apart by their ids; what has none goes on with the last', () => {
    const assembly = new ChatAssembly();
    const piece = (id: string | undefined, text: string) => ({
      ...(id !== undefined && { id }),
      function: { name: 'f', arguments: text },
    });
    for (const call of [piece('a', '{'), piece('b', '['), piece('a', '}'), piece('', ']'), piece(undefined, ' ')]) {
      assembly.add(delta({ tool_calls: [call] }));
    }
    assembly.add(delta({}, { finish_reason: 'tool_calls' }));
    expect(assembly.finish([]).toolCalls).toEqual([
      { id: 'a', name: 'f', arguments: '{}' },
      { id: 'b', name: 'f', arguments: '[] ' },
    ]);
  });

  it('keeps what stands beside the choices, each name once, and takes none for a prototype', () => {
    const assembly = new ChatAssembly();
    assembly.add(JSON.parse('{"id":"1","__proto__":{"usage":{}},"choices":[]}') as unknown);
    assembly.add({ ...delta({ content: 'x' }, { finish_reason: 'stop' }), id: '2' });
    const { raw } = assembly.finish([]);
    expect(Object.getPrototypeOf(raw)).toBe(Object.prototype);
    expect(raw).toMatchObject({ id: '2' });
  });
});

describe('embeddings', () => {
  const item = (index: number | undefined, embedding: unknown) => ({
    ...(index !== undefined && { index }),
    embedding,
  });

  it('without indexes stay in their order', () => {
    const raw = { data: [item(undefined, [1]), item(undefined, [2])] };
    expect(readEmbeddings(raw, 2, []).embeddings).toEqual([[1], [2]]);
  });

  it.each([
    ['too few', [item(0, [1])]],
    ['too many', [item(0, [1]), item(1, [1]), item(2, [1])]],
    ['one twice', [item(0, [1]), item(0, [2])]],
    ['an index beyond', [item(0, [1]), item(5, [2])]],
    ['no numbers', [item(0, [1]), item(1, ['1'])]],
    ['an empty one', [item(0, [1]), item(1, [])]],
    ['half a float', [item(0, [1]), item(1, 'AAAAAAA=')]],
    ['no base64', [item(0, [1]), item(1, '!!')]],
    ['a NaN', [item(0, [1]), item(1, Buffer.from(Float32Array.of(Number.NaN).buffer).toString('base64'))]],
    ['no objects', [1, 2]],
  ])('of %s are refused', (_what, data) => {
    expect(failure(() => readEmbeddings({ data }, 2, []))).toMatchObject(BAD);
  });
});

describe('images', () => {
  it.each([
    [{ b64_json: 'iVBORw0K' }, undefined, 'image/png'],
    [{ b64_json: '/9j/4AAQ' }, 'png', 'image/jpeg'],
    [{ b64_json: 'AAAA' }, 'webp', 'image/webp'],
    [{ b64_json: 'AAAA' }, 'exe', 'image/png'],
    [{ url: 'https://a.example/b.jpg?c=.png' }, undefined, 'image/jpeg'],
    [{ url: 'https://a.example/b' }, undefined, 'image/png'],
  ])('%j in format %s is %s', (image, format, mimeType) => {
    expect(readImages({ data: [image], output_format: format }, []).images).toMatchObject([{ mimeType }]);
  });

  it.each([[[]], [[{}]], [[null]], [[{ url: 'nowhere' }]], [[{ b64_json: '' }]]])('%j are none', (data) => {
    expect(failure(() => readImages({ data }, []))).toMatchObject(BAD);
  });
});
