import { type ModelCall, type ProviderErrorCode } from '@switchyard/contract';
import {
  describeProvider,
  type ErrorFixture,
  eventStream,
  json,
  withOpenAiUsage,
} from '@switchyard/provider-kit/testing';
import { media } from './__fixtures__/media.js';
import { chatReply, chatSent, HEADERS, wire } from './__fixtures__/wire.js';
import { createProvider, openAiDescription } from './adapter.js';

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

const streaming = { stream: true, stream_options: { include_usage: true } };

const turns = [
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello!' },
  { role: 'user', content: 'Sing' },
] as const;

const chatCall: ModelCall = {
  providerModel: 'gpt-4.1',
  request: {
    messages: turns,
    systemPrompt: 'You are terse.',
    context: { user: 'Zoë' },
    temperature: 0.7,
    maxTokens: 500,
    topP: 0.9,
    frequencyPenalty: 0.1,
    presencePenalty: -0.1,
    stop: ['END'],
    seed: 7,
    overflow: 'refuse',
    providerOptions: {
      openai: { reasoning_effort: 'low', temperature: 0.2, model: 'o1-pro', stream: 'yes', n: 50, max_tokens: 9 },
      groq: { reasoning_effort: 'high' },
    },
  },
};

const chatBody = {
  model: 'gpt-4.1',
  messages: [{ role: 'system', content: 'You are terse.\n\nContext:\n{"user":"Zoë"}' }, ...turns],
  temperature: 0.2,
  max_tokens: 500,
  top_p: 0.9,
  frequency_penalty: 0.1,
  presence_penalty: -0.1,
  stop: ['END'],
  seed: 7,
  reasoning_effort: 'low',
};

const chatWarnings = ['model', 'stream', 'n', 'max_tokens'].map(
  (name) => `providerOptions.openai.${name} is set by the gateway and was left out.`,
);

const warnedReply = { ...chatReply, warnings: chatWarnings };

const weather = { name: 'get_weather', description: 'Now', parameters: { type: 'object', properties: {} } };
const toolsCall: ModelCall = {
  providerModel: 'gpt-4o-mini',
  request: {
    messages: [
      { role: 'user', content: 'The weather in Paris?' },
      { role: 'assistant', content: null, toolCalls: [{ id: 'call_1', name: 'get_weather', arguments: '{}' }] },
      { role: 'tool', toolCallId: 'call_1', content: 'sunny' },
    ],
    tools: [weather, { name: 'get_time' }],
    toolChoice: { name: 'get_weather' },
  },
};
const toolsBody = {
  model: 'gpt-4o-mini',
  messages: [
    { role: 'user', content: 'The weather in Paris?' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
  ],
  tools: [
    { type: 'function', function: weather },
    { type: 'function', function: { name: 'get_time' } },
  ],
  tool_choice: { type: 'function', function: { name: 'get_weather' } },
};

const image = { type: 'image_url', image_url: { url: 'https://example.com/boardwalk.jpg', detail: 'low' } } as const;
const question = { type: 'text', text: 'What is in this image?' } as const;

describeProvider('openai', {
  description: openAiDescription,
  createProvider,
  basePath: '/v1',
  settings: { options: { organization: 'org-abc', project: 'proj_1', models: [] } },
  capabilities: {
    generate: {
      exchanges: [
        {
          name: 'a conversation with every parameter',
          call: chatCall,
          sent: chatSent({ ...chatBody, stream: false }),
          answer: { body: wire('chat.json') },
          reply: warnedReply,
        },
        {
          name: 'a refusal',
          call: { providerModel: 'gpt-4o', request: { prompt: 'How?', negativePrompt: 'x', width: 5 } },
          sent: chatSent({ model: 'gpt-4o', messages: [{ role: 'user', content: 'How?' }], stream: false }),
          answer: { body: wire('chat-refusal.json') },
          reply: {
            content: "I'm sorry, I cannot assist with that request.",
            toolCalls: [],
            finishReason: 'content_filter',
            rawFinishReason: 'stop',
            usage: { promptTokens: 81, completionTokens: 11, totalTokens: 92 },
            warnings: [
              'negativePrompt is not supported by this provider and was left out.',
              'width is not supported by this provider and was left out.',
            ],
          },
        },
      ],
      withUsage: (variant) => ({ body: withOpenAiUsage(wire('chat.json'), variant) }),
    },
    stream: {
      exchanges: [
        {
          name: 'a conversation',
          call: chatCall,
          sent: chatSent({ ...chatBody, ...streaming }),
          answer: eventStream(wire('chat.sse')),
          reply: {
            content: 'Grüß dich! 👋 Fünf Töne: ♩♪♫♬♭.',
            toolCalls: [],
            finishReason: 'stop',
            rawFinishReason: 'stop',
            usage: {
              promptTokens: 19,
              completionTokens: 9,
              totalTokens: 28,
              cachedPromptTokens: 0,
              reasoningTokens: 0,
            },
            warnings: chatWarnings,
          },
        },
      ],
      withUsage: (variant) => eventStream(withOpenAiUsage(wire('chat.sse'), variant)),
      incomplete: {
        'without [DONE]': eventStream(wire('chat.sse').replace('data: [DONE]\n\n', '')),
        'without a finish reason': eventStream(
          wire('chat.sse').replace('"finish_reason":"stop"', '"finish_reason":null'),
        ),
        'without anything': eventStream(''),
      },
      errors: [
        { name: 'as OpenAI sends it', answer: eventStream(wire('stream-error.sse')), code: 'overloaded' },
        {
          name: 'as an event of its own name',
          answer: eventStream('event: error\ndata: {"message":"x","type":"rate_limit_error"}\n\n'),
          code: 'rate_limited',
        },
        { name: 'of an unknown kind', answer: eventStream('data: {"error":"oh no"}\n\n'), code: 'stream_interrupted' },
        { name: 'that is not JSON', answer: eventStream('data: oh no\n\n'), code: 'bad_response' },
      ],
    },
    tools: {
      generate: [
        {
          name: 'tools with a choice',
          call: toolsCall,
          sent: chatSent({ ...toolsBody, stream: false }),
          answer: { body: wire('tools.json') },
          reply: {
            content: '',
            toolCalls: [
              { id: 'call_abc123', name: 'get_current_weather', arguments: '{\n"location": "Boston, MA"\n}' },
            ],
            finishReason: 'tool_calls',
            rawFinishReason: 'tool_calls',
            usage: { promptTokens: 82, completionTokens: 17, totalTokens: 99, reasoningTokens: 0 },
            warnings: [],
          },
        },
      ],
      stream: [
        {
          name: 'two tools',
          call: toolsCall,
          sent: chatSent({ ...toolsBody, ...streaming }),
          answer: eventStream(wire('tools.sse')),
          reply: {
            content: '',
            toolCalls: [
              {
                id: 'call_DdmO9pD3xa9XTPNJ32zg2hcA',
                name: 'get_weather',
                arguments: '{"location":"Paris, Île-de-France"}',
              },
              { id: 'call_pBqZ8zXr2kT5mWc0', name: 'get_time', arguments: '{"zone":"Europe/Paris"}' },
            ],
            finishReason: 'tool_calls',
            rawFinishReason: 'tool_calls',
            usage: { promptTokens: 64, completionTokens: 33, totalTokens: 97 },
            warnings: [],
          },
        },
      ],
    },
    ...media,
    imageInput: [
      {
        name: 'a text and an image',
        call: { providerModel: 'gpt-4.1', request: { messages: [{ role: 'user', content: [question, image] }] } },
        sent: chatSent({ model: 'gpt-4.1', messages: [{ role: 'user', content: [question, image] }], stream: false }),
        answer: { body: wire('chat.json') },
        reply: chatReply,
      },
    ],
    code: [
      {
        name: 'a reasoning model, which caps its answer by another name',
        call: { providerModel: 'o3', request: { prompt: 'add two numbers', language: 'python', maxTokens: 300 } },
        sent: chatSent({
          model: 'o3',
          messages: [
            { role: 'system', content: 'Write the code in python.' },
            { role: 'user', content: 'add two numbers' },
          ],
          max_completion_tokens: 300,
          stream: false,
        }),
        answer: { body: wire('chat-reasoning.json') },
        reply: {
          content: 'def add(a: int, b: int) -> int:',
          toolCalls: [],
          finishReason: 'length',
          rawFinishReason: 'length',
          usage: {
            promptTokens: 1200,
            completionTokens: 300,
            totalTokens: 1500,
            cachedPromptTokens: 1024,
            reasoningTokens: 256,
          },
          warnings: [],
        },
      },
    ],
    embed: [
      {
        name: 'two texts, whose vectors come the other way round',
        call: {
          providerModel: 'text-embedding-3-small',
          request: { input: ['one', 'two'], providerOptions: { openai: { dimensions: 3, encoding_format: 'float' } } },
        },
        sent: {
          method: 'POST',
          path: '/v1/embeddings',
          headers: HEADERS,
          body: { model: 'text-embedding-3-small', input: ['one', 'two'], encoding_format: 'base64', dimensions: 3 },
        },
        answer: { body: wire('embeddings.json') },
        reply: {
          embeddings: [
            [-0.125, 0.75, 0],
            [0.5, -0.25, 1],
          ],
          usage: { promptTokens: 8, completionTokens: 0, totalTokens: 8 },
          warnings: ['providerOptions.openai.encoding_format is set by the gateway and was left out.'],
        },
      },
    ],
    image: [
      {
        name: 'DALL·E, by address',
        call: {
          providerModel: 'dall-e-3',
          request: {
            prompt: 'A cute baby sea otter',
            n: 2,
            width: 1792,
            height: 1024,
            quality: 'hd',
            style: 'vivid',
            responseFormat: 'url',
            numInferenceSteps: 30,
          },
        },
        sent: {
          method: 'POST',
          path: '/v1/images/generations',
          headers: HEADERS,
          body: {
            model: 'dall-e-3',
            prompt: 'A cute baby sea otter',
            n: 2,
            size: '1792x1024',
            quality: 'hd',
            style: 'vivid',
            response_format: 'url',
          },
        },
        answer: { body: wire('images-url.json') },
        reply: {
          images: [1, 2].map((number) => ({
            url: `https://oaidalleapiprodscus.blob.core.windows.net/private/org-x/img-${number}.png?se=2024-02-01`,
            mimeType: 'image/png',
          })),
          warnings: ['numInferenceSteps is not supported by this provider and was left out.'],
        },
      },
      {
        name: 'a GPT Image model, which always answers bytes',
        call: {
          providerModel: 'gpt-image-2',
          request: { prompt: 'An otter', size: '1024x1536', style: 'vivid', responseFormat: 'base64' },
        },
        sent: {
          method: 'POST',
          path: '/v1/images/generations',
          body: { model: 'gpt-image-2', prompt: 'An otter', size: '1024x1536' },
        },
        answer: { body: wire('images-base64.json') },
        reply: {
          images: [{ base64: 'UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA', mimeType: 'image/webp' }],
          usage: { promptTokens: 50, completionTokens: 50, totalTokens: 100, images: 1 },
          warnings: ['style is not supported by this provider and was left out.'],
        },
      },
    ],
    listModels: {
      sent: { method: 'GET', path: '/v1/models', headers: HEADERS },
      answer: { body: wire('models.json') },
      models: [{ id: 'gpt-4.1' }, { id: 'text-embedding-3-small' }, { id: 'dall-e-3' }],
    },
    getModelInfo: {
      model: 'gpt-4.1',
      sent: { method: 'GET', path: '/v1/models/gpt-4.1', headers: HEADERS },
      found: { body: wire('model.json') },
      missing: [{ status: 404, body: wire('error-404.json') }, json({ object: 'list', data: [] })],
    },
  },
  errors: [
    refused('a prompt over the window', '400', 'invalid_request', { message: 'maximum context length is 8192' }),
    refused('a wrong key', '401', 'authentication'),
    refused('an unknown model', '404', 'model_unavailable'),
    refused('a rate limit', '429', 'rate_limited', { retryAfterSeconds: 19.5 }, { 'retry-after-ms': '19500' }),
    refused('an account without quota', '429-quota', 'authentication', { message: 'insufficient_quota' }),
    refused('an error of the server', '500', 'overloaded'),
    refused('an overload', '503', 'overloaded', { retryAfterSeconds: 5 }, { 'retry-after': '5' }),
  ],
});
