import { type ModelCall, type ProviderErrorCode } from '@switchyard/contract';
import { describeProvider, type ErrorFixture, eventStream, withAnthropicUsage } from '@switchyard/provider-kit/testing';
import { media } from './__fixtures__/media.js';
import { HEADERS, messageReply, messagesSent, SAMPLING_HEADERS, wire } from './__fixtures__/wire.js';
import { anthropicDescription, createProvider } from './adapter.js';

function refused(
  name: string,
  file: string,
  code: ProviderErrorCode,
  expected: Pick<ErrorFixture, 'retryAfterSeconds' | 'message'> = {},
  headers: Record<string, string> = {},
): ErrorFixture {
  return {
    name,
    code,
    answer: { status: Number.parseInt(file, 10), headers, body: wire(`error-${file}.json`) },
    ...expected,
  };
}

const chatCall: ModelCall = {
  providerModel: 'claude-sonnet-4-5',
  request: {
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello!' },
      { role: 'user', content: 'Sing' },
      { role: 'user', content: 'loudly' },
    ],
    systemPrompt: 'You are terse.',
    context: { user: 'Zoë' },
    temperature: 1.5,
    maxTokens: 500,
    topP: 0.9,
    frequencyPenalty: 0.1,
    seed: 7,
    stop: ['END'],
    overflow: 'refuse',
    providerOptions: {
      anthropic: { top_k: 5, metadata: { user_id: 'u1' }, model: 'claude-opus-5', max_tokens: 9, speed: 'fast' },
      openai: { reasoning_effort: 'high' },
    },
  },
};

const chatBody = {
  model: 'claude-sonnet-4-5',
  max_tokens: 500,
  messages: [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello!' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Sing' },
        { type: 'text', text: 'loudly' },
      ],
    },
  ],
  system: 'You are terse.\n\nContext:\n{"user":"Zoë"}',
  stop_sequences: ['END'],
  metadata: { user_id: 'u1' },
  temperature: 1,
  top_k: 5,
};

const chatWarnings = [
  'topP is not supported beside temperature and was left out.',
  'temperature was lowered to 1, the highest that this provider takes.',
  'providerOptions.anthropic.model is set by the gateway and was left out.',
  'providerOptions.anthropic.max_tokens is set by the gateway and was left out.',
  'providerOptions.anthropic.speed is set by the gateway and was left out.',
  'frequencyPenalty is not supported by this provider and was left out.',
  'seed is not supported by this provider and was left out.',
];

const weather = { name: 'get_weather', description: 'Now', parameters: { type: 'object', properties: {} } };
const toolsCall: ModelCall = {
  providerModel: 'claude-sonnet-4-5',
  request: {
    messages: [
      { role: 'user', content: 'The weather in Paris and Rome?' },
      {
        role: 'assistant',
        content: 'Let me see.',
        toolCalls: [
          { id: 'toolu_1', name: 'get_weather', arguments: '{"city": "Paris"}' },
          { id: 'toolu_2', name: 'get_weather', arguments: '' },
        ],
      },
      { role: 'tool', toolCallId: 'toolu_1', content: 'sunny' },
      { role: 'tool', toolCallId: 'toolu_2', content: null },
      { role: 'user', content: 'And the time?' },
    ],
    tools: [weather, { name: 'get_time' }],
    toolChoice: { name: 'get_time' },
    maxTokens: 200,
  },
};
const toolsBody = {
  model: 'claude-sonnet-4-5',
  max_tokens: 200,
  messages: [
    { role: 'user', content: 'The weather in Paris and Rome?' },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'Let me see.' },
        { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Paris' } },
        { type: 'tool_use', id: 'toolu_2', name: 'get_weather', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'toolu_1', content: 'sunny' },
        { type: 'tool_result', tool_use_id: 'toolu_2' },
        { type: 'text', text: 'And the time?' },
      ],
    },
  ],
  tools: [
    { name: 'get_weather', description: 'Now', input_schema: { type: 'object', properties: {} } },
    { name: 'get_time', input_schema: { type: 'object' } },
  ],
  tool_choice: { type: 'tool', name: 'get_time' },
};

const thinkingCall: ModelCall = {
  providerModel: 'claude-opus-5-5',
  request: {
    prompt: 'add two numbers',
    language: 'python',
    maxTokens: 300,
    temperature: 0.2,
    providerOptions: { anthropic: { thinking: { type: 'adaptive', display: 'summarized' } } },
  },
};
const thinkingBody = {
  model: 'claude-opus-5-5',
  max_tokens: 300,
  messages: [{ role: 'user', content: 'add two numbers' }],
  system: 'Write the code in python.',
  thinking: { type: 'adaptive', display: 'summarized' },
};
const thinkingWarnings = ['temperature is not supported by this model and was left out.'];

describeProvider('anthropic', {
  description: anthropicDescription,
  createProvider,
  basePath: '/v1',
  capabilities: {
    generate: {
      exchanges: [
        {
          name: 'a conversation with every parameter',
          call: chatCall,
          sent: messagesSent(chatBody, SAMPLING_HEADERS),
          answer: { body: wire('message.json') },
          reply: { ...messageReply, warnings: chatWarnings },
        },
        {
          name: 'a refusal, and a cap that nobody named',
          call: { providerModel: 'claude-sonnet-4-5', request: { prompt: 'How?' } },
          sent: messagesSent({
            model: 'claude-sonnet-4-5',
            max_tokens: 4_096,
            messages: [{ role: 'user', content: 'How?' }],
          }),
          answer: { body: wire('message-refusal.json') },
          reply: {
            content: '',
            toolCalls: [],
            finishReason: 'content_filter',
            rawFinishReason: 'refusal',
            usage: { promptTokens: 81, completionTokens: 1, totalTokens: 82 },
            warnings: ['maxTokens was set to 4096, as this provider needs a limit.'],
          },
        },
      ],
      withUsage: (variant) => ({ body: withAnthropicUsage(wire('message.json'), variant) }),
    },
    stream: {
      exchanges: [
        {
          name: 'a conversation',
          call: chatCall,
          sent: messagesSent({ ...chatBody, stream: true }, SAMPLING_HEADERS),
          answer: eventStream(wire('message.sse')),
          reply: {
            content: 'Grüß dich! 👋 Fünf Töne: ♩♪♫♬♭.',
            toolCalls: [],
            finishReason: 'stop',
            rawFinishReason: 'stop_sequence',
            usage: {
              promptTokens: 1_049,
              completionTokens: 15,
              totalTokens: 1_064,
              cachedPromptTokens: 1_024,
              cacheWriteTokens: 0,
            },
            warnings: chatWarnings,
          },
        },
        {
          name: 'a model that thinks',
          call: thinkingCall,
          sent: messagesSent({ ...thinkingBody, stream: true }),
          answer: eventStream(wire('thinking.sse')),
          reply: {
            content: 'The greatest common divisor is **21**.',
            toolCalls: [],
            finishReason: 'stop',
            rawFinishReason: 'end_turn',
            usage: { promptTokens: 11, completionTokens: 64, totalTokens: 75, reasoningTokens: 40 },
            warnings: thinkingWarnings,
          },
        },
      ],
      withUsage: (variant) => eventStream(withAnthropicUsage(wire('message.sse'), variant)),
      incomplete: {
        'without message_stop': eventStream(wire('message.sse').replace(/event: message_stop\n.*\n\n/, '')),
        'without a stop reason': eventStream(
          wire('message.sse').replace('"stop_reason":"stop_sequence"', '"stop_reason":null'),
        ),
        'without a beginning': eventStream(wire('message.sse').replace(/event: message_start\n.*\n\n/, '')),
        'without anything': eventStream(''),
      },
      errors: [
        { name: 'as Anthropic sends it', answer: eventStream(wire('stream-error.sse')), code: 'overloaded' },
        {
          name: 'without the name of its event',
          answer: eventStream('data: {"type":"error","error":{"message":"x","type":"rate_limit_error"}}\n\n'),
          code: 'rate_limited',
        },
        { name: 'of an unknown kind', answer: eventStream('data: {"error":"oh no"}\n\n'), code: 'stream_interrupted' },
        { name: 'that is not JSON', answer: eventStream('data: oh no\n\n'), code: 'bad_response' },
      ],
    },
    tools: {
      generate: [
        {
          name: 'two tools at once, with a choice',
          call: toolsCall,
          sent: messagesSent(toolsBody),
          answer: { body: wire('tools.json') },
          reply: {
            content: "I'll check the weather in Zürich, and the time.",
            toolCalls: [
              {
                id: 'toolu_01A09q90qw90lq917835lq9',
                name: 'get_weather',
                arguments: '{"location":"Zürich","unit":"celsius"}',
              },
              { id: 'toolu_01T1x1fJ34qAmk2tNTrN7Up6', name: 'get_time', arguments: '{}' },
            ],
            finishReason: 'tool_calls',
            rawFinishReason: 'tool_use',
            usage: { promptTokens: 384, completionTokens: 98, totalTokens: 482 },
            warnings: [],
          },
        },
      ],
      stream: [
        {
          name: 'two tools, one of them without arguments',
          call: toolsCall,
          sent: messagesSent({ ...toolsBody, stream: true }),
          answer: eventStream(wire('tools.sse')),
          reply: {
            content: 'Okay',
            toolCalls: [
              { id: 'toolu_01T1x1fJ34qAmk2tNTrN7Up6', name: 'get_weather', arguments: '{"location": "Zürich, ZH"}' },
              { id: 'toolu_01NoArguments', name: 'get_time', arguments: '{}' },
            ],
            finishReason: 'tool_calls',
            rawFinishReason: 'tool_use',
            usage: { promptTokens: 472, completionTokens: 89, totalTokens: 561 },
            warnings: [],
          },
        },
      ],
    },
    ...media,
    audioInput: 'unsupported',
    code: [
      {
        name: 'a model that thinks, cut off by its cap',
        call: thinkingCall,
        sent: messagesSent(thinkingBody),
        answer: { body: wire('message-thinking.json') },
        reply: {
          content: 'def add(a: int, b: int) -> int:',
          toolCalls: [],
          finishReason: 'length',
          rawFinishReason: 'max_tokens',
          usage: {
            promptTokens: 40,
            completionTokens: 300,
            totalTokens: 340,
            cachedPromptTokens: 0,
            cacheWriteTokens: 0,
            reasoningTokens: 256,
          },
          warnings: thinkingWarnings,
        },
      },
    ],
    embed: 'unsupported',
    image: 'unsupported',
    listModels: {
      sent: { method: 'GET', path: '/v1/models?limit=1000', headers: HEADERS },
      answer: { body: wire('models.json') },
      models: [{ id: 'claude-opus-5-5' }, { id: 'claude-sonnet-4-5-20250929' }],
    },
    getModelInfo: {
      model: 'claude-opus-5-5',
      sent: { method: 'GET', path: '/v1/models/claude-opus-5-5', headers: HEADERS },
      found: { body: wire('model.json') },
      missing: [{ status: 404, body: wire('error-404.json') }],
    },
  },
  errors: [
    refused('a prompt over the window', '400', 'invalid_request', { message: 'prompt is too long: 209311 tokens' }),
    refused('a wrong key', '401', 'authentication', { message: 'authentication_error' }),
    refused('an account without credit', '402', 'authentication', { message: 'billing_error' }),
    refused('a key without permission', '403', 'authentication'),
    refused('an unknown model', '404', 'model_unavailable'),
    refused('a request over the limit', '413', 'invalid_request', { message: 'maximum allowed number of bytes' }),
    refused('a rate limit', '429', 'rate_limited', { retryAfterSeconds: 19 }, { 'retry-after': '19' }),
    refused('a limit of spending', '429-spend', 'authentication', { message: 'enforced_spend_limit_reached' }),
    refused('an error of the server', '500', 'overloaded'),
    refused('an overload', '529', 'overloaded', { message: 'overloaded_error' }),
  ],
});
