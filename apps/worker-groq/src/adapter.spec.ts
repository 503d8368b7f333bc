import { readFileSync } from 'node:fs';
import { type GenerateReply, type ModelCall, type ProviderErrorCode } from '@switchyard/contract';
import {
  CANARY_KEY,
  describeProvider,
  type ErrorFixture,
  eventStream,
  type Exchange,
  json,
  type SentRequest,
  withOpenAiUsage,
} from '@switchyard/provider-kit/testing';
import { createProvider, groqDescription } from './adapter.js';

/** The bytes of https://console.groq.com/docs/api-reference, with some letters that take more than one of them. */
function wire(name: string): string {
  return readFileSync(new URL(`./__fixtures__/${name}`, import.meta.url), 'utf8');
}

function refused(
  file: string,
  code: ProviderErrorCode,
  more: Pick<ErrorFixture, 'message' | 'retryAfterSeconds'> = {},
  headers: Record<string, string> = {},
): ErrorFixture {
  return {
    name: file,
    code,
    answer: { status: Number.parseInt(file, 10), headers, body: wire(`error-${file}.json`) },
    ...more,
  };
}

const GPT_OSS = 'openai/gpt-oss-20b';
const LLAMA = 'llama-3.3-70b-versatile';
const HEADERS = { authorization: `Bearer ${CANARY_KEY}`, 'x-stainless-lang': null };
const streaming = { stream: true, stream_options: { include_usage: true } };

function chatSent(body: Record<string, unknown>): SentRequest {
  return { method: 'POST', path: '/openai/v1/chat/completions', headers: HEADERS, body };
}

const chatCall: ModelCall = {
  providerModel: GPT_OSS,
  request: {
    prompt: 'Why fast models?',
    maxTokens: 200,
    temperature: 0,
    seed: 7,
    frequencyPenalty: 0.5,
    presencePenalty: 0.5,
    providerOptions: {
      groq: {
        reasoning_effort: 'low',
        reasoning_format: 'parsed',
        logit_bias: { 1: 2 },
        logprobs: true,
        service_tier: 'flex',
        compound_custom: {},
      },
    },
  },
};
const chatBody = {
  model: GPT_OSS,
  messages: [{ role: 'user', content: 'Why fast models?' }],
  temperature: 0,
  seed: 7,
  max_completion_tokens: 200,
  reasoning_effort: 'low',
  reasoning_format: 'parsed',
};
const chatReply: Omit<GenerateReply, 'raw'> = {
  content: 'Schnelle Sprachmodelle antworten, bevor der Tee zieht. 🫖',
  toolCalls: [],
  finishReason: 'stop',
  rawFinishReason: 'stop',
  usage: { promptTokens: 18, completionTokens: 42, totalTokens: 60, cachedPromptTokens: 8, reasoningTokens: 24 },
  warnings: [
    'providerOptions.groq.logit_bias is not supported by this provider and was left out.',
    'providerOptions.groq.logprobs is not supported by this provider and was left out.',
    'providerOptions.groq.service_tier is set by the gateway and was left out.',
    'providerOptions.groq.compound_custom is set by the gateway and was left out.',
    'frequencyPenalty is not supported by this provider and was left out.',
    'presencePenalty is not supported by this provider and was left out.',
  ],
};
const streamReply = {
  ...chatReply,
  content: 'Schnelle Modelle über alles 🫖.',
  usage: { promptTokens: 18, completionTokens: 11, totalTokens: 29 },
};
const chat: Exchange<GenerateReply> = {
  name: 'a prompt with options that Groq takes, and some that it does not',
  call: chatCall,
  sent: chatSent({ ...chatBody, stream: false }),
  answer: { body: wire('chat.json') },
  reply: chatReply,
};
/** The same answer to a request without anything to warn of. */
const plain = { answer: chat.answer, reply: { ...chatReply, warnings: [] } };

const weather = { name: 'get_weather', parameters: { type: 'object', properties: { location: { type: 'string' } } } };
const toolsCall: ModelCall = {
  providerModel: LLAMA,
  request: { prompt: 'Weather?', tools: [weather], toolChoice: 'auto' },
};
const toolsBody = {
  model: LLAMA,
  messages: [{ role: 'user', content: 'Weather?' }],
  tools: [{ type: 'function', function: weather }],
  tool_choice: 'auto',
};
const toolsReply = {
  content: '',
  finishReason: 'tool_calls',
  rawFinishReason: 'tool_calls',
  usage: { promptTokens: 284, completionTokens: 15, totalTokens: 299 },
  warnings: [],
} as const;

const colour = { type: 'object', properties: { colour: { type: 'string' } } } as const;
const jsonCall = (providerModel: string): ModelCall => ({
  providerModel,
  request: { prompt: 'Name a colour as JSON', systemPrompt: 'Be brief.' },
  output: { format: 'json', schema: colour },
});
const picture = [
  { type: 'text', text: 'What is it?' },
  { type: 'image_url', image_url: { url: 'https://example.com/otter.jpg' } },
] as const;

describeProvider('groq', {
  description: groqDescription,
  createProvider,
  basePath: '/openai/v1',
  capabilities: {
    generate: {
      exchanges: [chat],
      withUsage: (variant) => ({ body: withOpenAiUsage(wire('chat.json'), variant) }),
    },
    stream: {
      exchanges: [
        {
          ...chat,
          name: 'usage where Groq puts it',
          sent: chatSent({ ...chatBody, ...streaming }),
          answer: eventStream(wire('chat.sse')),
          reply: streamReply,
        },
        {
          ...chat,
          name: 'usage where OpenAI puts it',
          sent: chatSent({ ...chatBody, ...streaming }),
          answer: eventStream(wire('chat-usage.sse')),
          reply: streamReply,
        },
      ],
      withUsage: (variant) => eventStream(withOpenAiUsage(wire('chat-usage.sse'), variant)),
      incomplete: { 'without [DONE]': eventStream(wire('chat.sse').replace('data: [DONE]\n\n', '')) },
      errors: [
        { name: 'where Groq puts it', answer: eventStream(wire('stream-error.sse')), code: 'stream_interrupted' },
        {
          name: 'a call of a tool that failed',
          answer: eventStream(wire('stream-tool-error.sse')),
          code: 'bad_response',
        },
      ],
    },
    tools: {
      generate: [
        {
          name: 'a call of a tool, in a message without content',
          call: toolsCall,
          sent: chatSent({ ...toolsBody, stream: false }),
          answer: { body: wire('tools.json') },
          reply: {
            ...toolsReply,
            toolCalls: [{ id: 'call_d5wg', name: 'get_weather', arguments: '{"location": "New York, NY"}' }],
          },
        },
      ],
      stream: [
        {
          name: 'a call that comes whole',
          call: toolsCall,
          sent: chatSent({ ...toolsBody, ...streaming }),
          answer: eventStream(wire('tools.sse')),
          reply: {
            ...toolsReply,
            toolCalls: [{ id: 'call_d5wg', name: 'get_weather', arguments: '{"location": "Zürich"}' }],
          },
        },
      ],
    },
    json: [
      {
        ...plain,
        name: 'a schema, for a model that takes one',
        call: jsonCall(GPT_OSS),
        sent: chatSent({
          model: GPT_OSS,
          messages: [
            { role: 'system', content: 'Be brief.' },
            { role: 'user', content: 'Name a colour as JSON' },
          ],
          response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: colour } },
          stream: false,
        }),
      },
      {
        ...plain,
        name: 'a schema in words, for one that does not',
        call: jsonCall(LLAMA),
        sent: chatSent({
          model: LLAMA,
          messages: [
            {
              role: 'system',
              content:
                'Be brief.\n\nAnswer with one JSON object that fits this JSON Schema:\n' +
                '{"type":"object","properties":{"colour":{"type":"string"}}}',
            },
            { role: 'user', content: 'Name a colour as JSON' },
          ],
          response_format: { type: 'json_object' },
          stream: false,
        }),
      },
    ],
    imageInput: [
      {
        ...plain,
        name: 'an image by its address',
        call: {
          providerModel: 'meta-llama/llama-4-scout-17b-16e-instruct',
          request: { messages: [{ role: 'user', content: picture }] },
        },
        sent: chatSent({
          model: 'meta-llama/llama-4-scout-17b-16e-instruct',
          messages: [{ role: 'user', content: picture }],
          stream: false,
        }),
      },
    ],
    audioInput: 'unsupported',
    fileInput: 'unsupported',
    code: [
      {
        ...plain,
        name: 'a language',
        call: { providerModel: LLAMA, request: { prompt: 'Sort a list', language: 'go' } },
        sent: chatSent({
          model: LLAMA,
          messages: [
            { role: 'system', content: 'Write the code in go.' },
            { role: 'user', content: 'Sort a list' },
          ],
          stream: false,
        }),
      },
    ],
    embed: 'unsupported',
    image: 'unsupported',
    listModels: {
      sent: { method: 'GET', path: '/openai/v1/models', headers: HEADERS },
      answer: { body: wire('models.json') },
      models: [{ id: LLAMA }, { id: GPT_OSS }],
    },
    getModelInfo: {
      model: GPT_OSS,
      sent: { method: 'GET', path: '/openai/v1/models/openai%2Fgpt-oss-20b', headers: HEADERS },
      found: { body: wire('model.json') },
      missing: [refused('404', 'model_unavailable').answer, json({ object: 'list', data: [] })],
    },
  },
  errors: [
    refused('400', 'invalid_request', { message: "property 'logit_bias' is unsupported" }),
    refused('400-json', 'bad_response', { message: 'json_validate_failed' }),
    refused('400-model', 'model_unavailable'),
    refused('401', 'authentication'),
    refused('404', 'model_unavailable'),
    refused('413', 'invalid_request', { message: 'Limit 6000, Requested 7012' }),
    refused('429', 'rate_limited', { retryAfterSeconds: 2 }, { 'retry-after': '2' }),
    refused('498', 'overloaded'),
  ],
});

describe('what Groq has no place for', () => {
  const settings = {
    name: 'groq',
    kind: 'groq',
    concurrency: 1,
    local: false,
    timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 },
    options: {},
  } as const;

  it.each([
    [{ type: 'audio', audio: { data: 'UklGRg==', format: 'wav' } }, 'audio'],
    [{ type: 'file', file: { data: 'JVBERi0=', mimeType: 'application/pdf' } }, 'files'],
  ] as const)('is refused before it is sent: %j', async (part, word) => {
    const provider = createProvider({ ...settings, apiKey: CANARY_KEY });
    const call: ModelCall = {
      providerModel: LLAMA,
      request: { messages: [{ role: 'user', content: [part] }] },
    };
    await expect(provider.generate?.(call, { signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'invalid_request',
      reachedVendor: false,
      message: `This provider takes no ${word}.`,
    });
    await provider.close();
  });

  it('is a call without a key', () => {
    expect(() => createProvider(settings)).toThrow('providers.groq.apiKey is missing');
  });
});
