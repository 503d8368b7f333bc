import { readMessage } from './message-reply.js';
import { MessageAssembly } from './message-stream.js';
import { readUsage } from './usage.js';

function failure(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

const BAD = { name: 'ProviderError', code: 'bad_response' };
const text = (value: string) => ({ type: 'text', text: value });

describe('a message', () => {
  it.each([
    ['end_turn', 'stop', 'end_turn'],
    ['stop_sequence', 'stop', 'stop_sequence'],
    ['pause_turn', 'stop', 'pause_turn'],
    ['max_tokens', 'length', 'max_tokens'],
    ['model_context_window_exceeded', 'length', 'model_context_window_exceeded'],
    ['tool_use', 'tool_calls', 'tool_use'],
    ['refusal', 'content_filter', 'refusal'],
    ['compaction', 'stop', 'compaction'],
    ['toString', 'stop', 'toString'],
    [null, 'stop', null],
  ])('that stops for %j is %s', (said, finishReason, rawFinishReason) => {
    const raw = { content: [text('x')], stop_reason: said };
    expect(readMessage(raw, [])).toMatchObject({ content: 'x', finishReason, rawFinishReason });
  });

  it('is its texts, without what the vendor’s own tools did', () => {
    const content = [text('a'), { type: 'server_tool_use', name: 'web_search', input: {} }, text('b'), { type: 'new' }];
    expect(readMessage({ content, stop_reason: 'end_turn' }, [])).toMatchObject({ content: 'ab', toolCalls: [] });
  });

  it('calls tools, whatever it names as its reason', () => {
    const content = [
      { type: 'tool_use', name: 'f', input: { a: 1 } },
      { type: 'tool_use', id: '', name: 'g' },
    ];
    expect(readMessage({ content }, [])).toMatchObject({
      finishReason: 'tool_calls',
      toolCalls: [
        { id: 'call_0', name: 'f', arguments: '{"a":1}' },
        { id: 'call_1', name: 'g', arguments: '{}' },
      ],
    });
  });

  it.each([[{}], [{ content: 'text' }], [{ content: [7] }], [{ content: [{ type: 'tool_use', input: {} }] }]])(
    'is not %j',
    (raw) => {
      expect(failure(() => readMessage(raw, []))).toMatchObject(BAD);
    },
  );
});

describe('a message, streamed', () => {
  const start = {
    type: 'message_start',
    message: { id: 'm', content: [], usage: { input_tokens: 5, output_tokens: 1 } },
  };
  const stop = (usage: object) => ({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage });
  const delta = (index: number, value: object) => ({ type: 'content_block_delta', index, delta: value });

  it('comes out as it would have without streaming', () => {
    const assembly = new MessageAssembly();
    const events = [
      start,
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      delta(0, { type: 'thinking_delta', thinking: 'Hm' }),
      delta(0, { type: 'signature_delta', signature: 'sig' }),
      { type: 'content_block_start', index: 1, content_block: text('So: ') },
      delta(1, { type: 'text_delta', text: 'yes' }),
      delta(1, { type: 'citations_delta', citation: { cited_text: 'c' } }),
      { type: 'content_block_start', index: 2, content_block: { type: 'server_tool_use', name: 's', input: {} } },
      delta(2, { type: 'input_json_delta', partial_json: '{"q":1}' }),
      { type: 'content_block_stop', index: 2 },
      delta(9, { type: 'text_delta', text: 'of no block' }),
      { type: 'something_new' },
      stop({ output_tokens: 7, input_tokens: null }),
      stop({ output_tokens: 9, cache_read_input_tokens: 3 }),
    ];
    const parts = events.flatMap((event) => assembly.add(event));
    expect(parts).toEqual([
      { type: 'text-delta', text: 'So: ' },
      { type: 'text-delta', text: 'yes' },
    ]);
    expect(assembly.finish(['w'])).toEqual({
      content: 'So: yes',
      toolCalls: [],
      finishReason: 'stop',
      rawFinishReason: 'end_turn',
      usage: { promptTokens: 8, completionTokens: 9, totalTokens: 17, cachedPromptTokens: 3 },
      warnings: ['w'],
      raw: {
        id: 'm',
        stop_reason: 'end_turn',
        content: [
          { type: 'thinking', thinking: 'Hm', signature: 'sig' },
          { type: 'text', text: 'So: yes', citations: [{ cited_text: 'c' }] },
          { type: 'server_tool_use', name: 's', input: { q: 1 } },
        ],
        usage: { input_tokens: 5, output_tokens: 9, cache_read_input_tokens: 3 },
      },
    });
  });

  it('keeps the arguments of a tool as they were written, also where they are cut off or come at once', () => {
    const assembly = new MessageAssembly();
    const tool = (id: string, input: unknown) => ({ type: 'tool_use', id, name: 'f', input });
    const parts = [
      start,
      { type: 'content_block_start', index: 0, content_block: tool('a', {}) },
      delta(0, { type: 'input_json_delta', partial_json: '{"x": "y' }),
      { type: 'content_block_start', index: 1, content_block: tool('b', { whole: true }) },
      { type: 'content_block_stop', index: 1 },
      stop({}),
    ].flatMap((event) => assembly.add(event));
    expect(parts).toEqual([
      { type: 'tool-call-delta', index: 0, id: 'a', name: 'f' },
      { type: 'tool-call-delta', index: 0, arguments: '{"x": "y' },
      { type: 'tool-call-delta', index: 1, id: 'b', name: 'f' },
      { type: 'tool-call-delta', index: 1, arguments: '{"whole":true}' },
    ]);
    expect(assembly.finish([]).toolCalls).toEqual([
      { id: 'a', name: 'f', arguments: '{"x": "y' },
      { id: 'b', name: 'f', arguments: '{"whole":true}' },
    ]);
  });
});

describe('usage', () => {
  it.each([
    [
      { input_tokens: 1, output_tokens: 0, cache_read_input_tokens: -1 },
      { promptTokens: 1, completionTokens: 0 },
    ],
    [
      { input_tokens: 0, output_tokens: 3, output_tokens_details: { thinking_tokens: 5 } },
      { promptTokens: 0, completionTokens: 3, reasoningTokens: 3 },
    ],
    [
      {
        input_tokens: 5,
        output_tokens: 1,
        cache_creation_input_tokens: 30,
        cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
      },
      { promptTokens: 35, completionTokens: 1, cacheWriteTokens: 30, cacheWrite1hTokens: 20 },
    ],
    [
      { input_tokens: 5, output_tokens: 1, cache_creation: { ephemeral_1h_input_tokens: 20 } },
      { promptTokens: 25, completionTokens: 1, cacheWriteTokens: 20, cacheWrite1hTokens: 20 },
    ],
    [
      // More than there is of it.
      {
        input_tokens: 5,
        output_tokens: 1,
        cache_creation_input_tokens: 10,
        cache_creation: { ephemeral_1h_input_tokens: 20 },
      },
      { promptTokens: 15, completionTokens: 1, cacheWriteTokens: 10, cacheWrite1hTokens: 10 },
    ],
    [
      {
        input_tokens: 5,
        output_tokens: 1,
        cache_creation_input_tokens: 10,
        cache_creation: { ephemeral_1h_input_tokens: '10' },
      },
      { promptTokens: 15, completionTokens: 1, cacheWriteTokens: 10 },
    ],
  ])('%j', (said, read) => {
    expect(readUsage(said)).toEqual({ ...read, totalTokens: read.promptTokens + read.completionTokens });
  });

  it.each([
    [undefined],
    [{ input_tokens: 5 }],
    [{ output_tokens: 5 }],
    [{ input_tokens: 1.5, output_tokens: 1 }],
    [{ input_tokens: 1e9, output_tokens: 1, cache_read_input_tokens: 1e9, cache_creation_input_tokens: 1e9 }],
  ])('%j is none', (said) => {
    expect(readUsage(said)).toBeUndefined();
  });
});
