import { readFileSync } from 'node:fs';
import { type GenerateReply, type ModelCall, type ProviderErrorCode } from '@switchyard/contract';
import {
  CANARY_KEY,
  describeProvider,
  type ErrorFixture,
  eventStream,
  type Exchange,
  type SentRequest,
  withOpenAiUsage,
} from '@switchyard/provider-kit/testing';
import { copilotDescription, createProvider } from './adapter.js';

/** The bytes of https://docs.github.com/rest/models, with some letters that take more than one of them. */
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

const GPT = 'openai/gpt-4.1';
const HEADERS = {
  accept: 'application/vnd.github+json',
  authorization: `Bearer ${CANARY_KEY}`,
  'x-github-api-version': '2022-11-28',
  'x-stainless-lang': null,
};
const streaming = { stream: true, stream_options: { include_usage: true } };

function chatSent(body: Record<string, unknown>): SentRequest {
  return { method: 'POST', path: '/orgs/acme-corp/inference/chat/completions', headers: HEADERS, body };
}

const chatCall: ModelCall = {
  providerModel: GPT,
  request: { prompt: 'Measure a list', language: 'javascript', maxTokens: 300 },
};
const messages = [
  { role: 'system', content: 'Write the code in javascript.' },
  { role: 'user', content: 'Measure a list' },
];
const chatReply: Omit<GenerateReply, 'raw'> = {
  content: 'const größe = (liste) => liste.length; // ✅',
  toolCalls: [],
  finishReason: 'stop',
  rawFinishReason: 'stop',
  usage: { promptTokens: 24, completionTokens: 16, totalTokens: 40, cachedPromptTokens: 0, reasoningTokens: 0 },
  warnings: [],
};
const chat: Exchange<GenerateReply> = {
  name: 'code',
  call: chatCall,
  sent: chatSent({ model: GPT, messages, max_tokens: 300, stream: false }),
  answer: { body: wire('chat.json') },
  reply: chatReply,
};

const readFile = { name: 'read_file', parameters: { type: 'object', properties: { path: { type: 'string' } } } };
const toolsCall: ModelCall = { providerModel: GPT, request: { prompt: 'Read it', tools: [readFile] } };
const toolsBody = {
  model: GPT,
  messages: [{ role: 'user', content: 'Read it' }],
  tools: [{ type: 'function', function: readFile }],
};
const toolsReply: Omit<GenerateReply, 'raw'> = {
  content: '',
  toolCalls: [{ id: 'call_7Kp', name: 'read_file', arguments: '{"path":"README.md"}' }],
  finishReason: 'tool_calls',
  rawFinishReason: 'tool_calls',
  usage: { promptTokens: 57, completionTokens: 16, totalTokens: 73 },
  warnings: [],
};

/** A turn of the user in parts, which go out as the dialect has them. */
function ofParts(name: string, part: object, sent: object): Exchange<GenerateReply> {
  return {
    ...chat,
    name,
    call: { providerModel: GPT, request: { messages: [{ role: 'user', content: [part] }] } } as ModelCall,
    sent: chatSent({ model: GPT, messages: [{ role: 'user', content: [sent] }], stream: false }),
  };
}
const picture = { type: 'image_url', image_url: { url: 'https://example.com/otter.jpg' } };

describeProvider('copilot', {
  description: copilotDescription,
  createProvider,
  basePath: '/inference',
  settings: { options: { organization: 'acme-corp' } },
  capabilities: {
    generate: {
      exchanges: [
        chat,
        {
          ...chat,
          name: 'a reasoning model, whose publisher stands before its name',
          call: { ...chatCall, providerModel: 'openai/o4-mini' },
          sent: chatSent({ model: 'openai/o4-mini', messages, max_completion_tokens: 300, stream: false }),
        },
      ],
      withUsage: (variant) => ({ body: withOpenAiUsage(wire('chat.json'), variant) }),
    },
    stream: {
      exchanges: [
        {
          ...chat,
          sent: chatSent({ model: GPT, messages, max_tokens: 300, ...streaming }),
          answer: eventStream(wire('chat.sse')),
          reply: {
            ...chatReply,
            content: 'return größe; ✅',
            usage: { promptTokens: 24, completionTokens: 6, totalTokens: 30 },
          },
        },
      ],
      withUsage: (variant) => eventStream(withOpenAiUsage(wire('chat.sse'), variant)),
      incomplete: { 'without [DONE]': eventStream(wire('chat.sse').replace('data: [DONE]\n\n', '')) },
      errors: [{ name: 'of the server', answer: eventStream(wire('stream-error.sse')), code: 'overloaded' }],
    },
    tools: {
      generate: [
        {
          name: 'a call of a tool',
          call: toolsCall,
          sent: chatSent({ ...toolsBody, stream: false }),
          answer: { body: wire('tools.json') },
          reply: toolsReply,
        },
      ],
      stream: [
        {
          name: 'a call of a tool',
          call: toolsCall,
          sent: chatSent({ ...toolsBody, ...streaming }),
          answer: eventStream(wire('tools.sse')),
          reply: toolsReply,
        },
      ],
    },
    json: [
      {
        ...chat,
        name: 'a schema',
        call: { ...chatCall, output: { format: 'json', schema: { type: 'object' } } },
        sent: chatSent({
          model: GPT,
          messages,
          max_tokens: 300,
          response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } },
          stream: false,
        }),
      },
    ],
    imageInput: [ofParts('an image', picture, picture)],
    audioInput: [
      ofParts(
        'a recording',
        { type: 'audio', audio: { data: '//uQxA==', format: 'mp3' } },
        { type: 'input_audio', input_audio: { data: '//uQxA==', format: 'mp3' } },
      ),
    ],
    fileInput: 'unsupported',
    code: [chat],
    embed: [
      {
        name: 'one text',
        call: { providerModel: 'openai/text-embedding-3-small', request: { input: 'an otter' } },
        sent: {
          method: 'POST',
          path: '/orgs/acme-corp/inference/embeddings',
          headers: HEADERS,
          body: { model: 'openai/text-embedding-3-small', input: ['an otter'], encoding_format: 'float' },
        },
        answer: { body: wire('embeddings.json') },
        reply: {
          embeddings: [[0.5, -0.25, 0.125]],
          usage: { promptTokens: 5, completionTokens: 0, totalTokens: 5 },
          warnings: [],
        },
      },
    ],
    image: 'unsupported',
    listModels: {
      sent: { method: 'GET', path: '/catalog/models', headers: HEADERS },
      answer: { body: wire('catalog.json') },
      models: [{ id: GPT }, { id: 'openai/text-embedding-3-small' }],
    },
    getModelInfo: {
      model: GPT,
      sent: { method: 'GET', path: '/catalog/models', headers: HEADERS },
      found: { body: wire('catalog.json') },
      missing: [{ body: '[{"id":"openai/gpt-4o"}]' }],
    },
  },
  errors: [
    refused('400-model', 'model_unavailable'),
    refused('401', 'authentication'),
    refused('413', 'invalid_request', { message: 'Max size: 8000 tokens' }),
    refused('429', 'rate_limited', { retryAfterSeconds: 45 }, { 'retry-after': '45' }),
  ],
});
