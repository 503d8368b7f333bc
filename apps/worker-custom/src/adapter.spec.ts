import { readFileSync } from 'node:fs';
import { type GenerateReply, type ModelCall, type ProviderErrorCode } from '@switchyard/contract';
import {
  CANARY_KEY,
  type CapabilityTable,
  describeProvider,
  type ErrorFixture,
  eventStream,
  type Exchange,
  json,
  type SentRequest,
  withOpenAiUsage,
} from '@switchyard/provider-kit/testing';
import { createProvider, customDescription, simulatorDescription } from './adapter.js';

/** The bytes of vLLM, LM Studio and llama.cpp, as far as they differ from OpenAI's. */
function wire(name: string): string {
  return readFileSync(new URL(`./__fixtures__/${name}`, import.meta.url), 'utf8');
}

function refused(file: string, code: ProviderErrorCode, message = ''): ErrorFixture {
  return { name: file, code, message, answer: { status: Number(file), body: wire(`error-${file}.json`) } };
}

const LLAMA = 'meta-llama/Llama-3.1-8B-Instruct';
const HEADERS = { authorization: `Bearer ${CANARY_KEY}`, 'openai-organization': null, 'x-stainless-lang': null };
const streaming = { stream: true, stream_options: { include_usage: true } };

function chatSent(body: Record<string, unknown>): SentRequest {
  return { method: 'POST', path: '/v1/chat/completions', headers: HEADERS, body: { model: LLAMA, ...body } };
}

const ask = (content: unknown) => [{ role: 'user', content }];
const colour = { type: 'object', properties: { colour: { type: 'string' } }, required: ['colour'] } as const;
const recording = { type: 'audio', audio: { data: 'UklGRg==', format: 'wav' } } as const;
const document = {
  type: 'file',
  file: { data: 'JVBERi0=', mimeType: 'application/pdf', filename: 'invoice.pdf' },
} as const;

const chatCall: ModelCall = { providerModel: LLAMA, request: { prompt: 'What does a llama do?', maxTokens: 64 } };
const chatBody = { messages: ask('What does a llama do?'), max_tokens: 64 };

const chatReply: Omit<GenerateReply, 'raw'> = {
  content: 'Ein Lama trägt Lasten über die Anden. 🦙',
  toolCalls: [],
  finishReason: 'stop',
  rawFinishReason: 'stop',
  usage: { promptTokens: 43, completionTokens: 15, totalTokens: 58 },
  warnings: [],
};

const chat: Exchange<GenerateReply> = {
  name: 'a prompt',
  call: chatCall,
  sent: chatSent({ ...chatBody, stream: false }),
  answer: { body: wire('chat.json') },
  reply: chatReply,
};

const weather = { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } };
const toolsCall: ModelCall = {
  providerModel: LLAMA,
  request: { prompt: 'Weather?', tools: [weather], toolChoice: 'required' },
};
const toolsBody = {
  messages: ask('Weather?'),
  tools: [{ type: 'function', function: weather }],
  tool_choice: 'required',
};

const picture = [
  { type: 'text', text: 'What is it?' },
  { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
] as const;

const capabilities: CapabilityTable = {
  generate: {
    exchanges: [chat],
    withUsage: (variant) => ({ body: withOpenAiUsage(wire('chat.json'), variant) }),
  },
  stream: {
    exchanges: [
      {
        ...chat,
        sent: chatSent({ ...chatBody, ...streaming }),
        answer: eventStream(wire('chat.sse')),
        reply: {
          ...chatReply,
          content: 'Ein Lama trägt Lasten 🦙.',
          usage: { promptTokens: 43, completionTokens: 8, totalTokens: 51 },
        },
      },
    ],
    withUsage: (variant) => eventStream(withOpenAiUsage(wire('chat.sse'), variant)),
    incomplete: { 'without [DONE]': eventStream(wire('chat.sse').replace('data: [DONE]\n\n', '')) },
    errors: [{ name: 'as vLLM sends it', answer: eventStream(wire('stream-error.sse')), code: 'overloaded' }],
  },
  tools: {
    generate: [
      {
        name: 'a call that is said to be a stop',
        call: toolsCall,
        sent: chatSent({ ...toolsBody, stream: false }),
        answer: { body: wire('tools.json') },
        reply: {
          content: '',
          toolCalls: [{ id: 'chatcmpl-tool-9ad0', name: 'get_weather', arguments: '{"city": "Cusco"}' }],
          finishReason: 'tool_calls',
          rawFinishReason: 'stop',
          usage: { promptTokens: 200, completionTokens: 19, totalTokens: 219, cachedPromptTokens: 192 },
          warnings: [],
        },
      },
    ],
    stream: [
      {
        name: 'calls that come whole and without an index, between comments, with line ends of two characters',
        call: toolsCall,
        sent: chatSent({ ...toolsBody, ...streaming }),
        answer: eventStream(wire('tools-whole.sse')),
        reply: {
          content: '',
          toolCalls: [
            { id: 'call_1', name: 'get_weather', arguments: '{"city":"Cusco"}' },
            { id: 'call_2', name: 'get_weather', arguments: '{"city":"Zürich"}' },
          ],
          finishReason: 'tool_calls',
          rawFinishReason: 'stop',
          usage: { promptTokens: 200, completionTokens: 38, totalTokens: 238 },
          warnings: [],
        },
      },
    ],
  },
  json: [
    {
      ...chat,
      name: 'an object of a schema',
      call: {
        providerModel: LLAMA,
        request: { prompt: 'Name a colour' },
        output: { format: 'json', schema: colour },
      },
      sent: chatSent({
        messages: [{ role: 'user', content: 'Name a colour' }],
        response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: colour } },
        stream: false,
      }),
    },
    {
      ...chat,
      name: 'any object',
      call: { providerModel: LLAMA, request: { prompt: 'Name a colour' }, output: { format: 'json' } },
      sent: chatSent({
        messages: [{ role: 'user', content: 'Name a colour' }],
        response_format: { type: 'json_object' },
        stream: false,
      }),
    },
  ],
  audioInput: [
    {
      ...chat,
      name: 'a recording',
      call: { providerModel: LLAMA, request: { messages: [{ role: 'user', content: [recording] }] } },
      sent: chatSent({
        messages: [
          { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }] },
        ],
        stream: false,
      }),
    },
  ],
  fileInput: [
    {
      ...chat,
      name: 'a document',
      call: { providerModel: LLAMA, request: { messages: [{ role: 'user', content: [document] }] } },
      sent: chatSent({
        messages: [
          {
            role: 'user',
            content: [
              { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'invoice.pdf' } },
            ],
          },
        ],
        stream: false,
      }),
    },
  ],
  imageInput: [
    {
      ...chat,
      name: 'an image in the message',
      call: { providerModel: LLAMA, request: { messages: [{ role: 'user', content: picture }] } },
      sent: chatSent({ messages: ask(picture), stream: false }),
    },
  ],
  code: [
    {
      ...chat,
      name: 'a conversation that opens with its own system turn',
      call: {
        providerModel: LLAMA,
        request: {
          messages: [
            { role: 'system', content: 'Be brief.' },
            { role: 'user', content: 'Sort a list' },
          ],
          language: 'rust',
          context: 'no crates',
        },
      },
      sent: chatSent({
        messages: [
          { role: 'system', content: 'Be brief.\n\nWrite the code in rust.\n\nContext:\nno crates' },
          ...ask('Sort a list'),
        ],
        stream: false,
      }),
    },
  ],
  embed: [
    {
      name: 'one text',
      call: { providerModel: 'BAAI/bge-small-en-v1.5', request: { input: 'a llama' } },
      sent: {
        method: 'POST',
        path: '/v1/embeddings',
        headers: HEADERS,
        body: { model: 'BAAI/bge-small-en-v1.5', input: ['a llama'], encoding_format: 'float' },
      },
      answer: { body: wire('embeddings.json') },
      reply: {
        embeddings: [[0.013671875, -0.0400390625, 0.5]],
        usage: { promptTokens: 6, completionTokens: 0, totalTokens: 6 },
        warnings: [],
      },
    },
  ],
  image: [
    {
      name: 'an image of a size',
      call: {
        providerModel: 'flux',
        request: { prompt: 'a llama', size: '512x512', responseFormat: 'base64', width: 512, seed: 1 },
      },
      sent: {
        method: 'POST',
        path: '/v1/images/generations',
        headers: HEADERS,
        body: { model: 'flux', prompt: 'a llama', size: '512x512', response_format: 'b64_json' },
      },
      answer: { body: wire('images.json') },
      reply: {
        images: [
          {
            base64: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=',
            mimeType: 'image/png',
          },
        ],
        warnings: ['width', 'seed'].map((name) => `${name} is not supported by this provider and was left out.`),
      },
    },
  ],
  listModels: {
    sent: { method: 'GET', path: '/v1/models', headers: HEADERS },
    answer: { body: wire('models.json') },
    models: [{ id: LLAMA }],
  },
  getModelInfo: {
    model: LLAMA,
    sent: { method: 'GET', path: '/v1/models/meta-llama%2FLlama-3.1-8B-Instruct', headers: HEADERS },
    found: json({ id: LLAMA, object: 'model' }),
    missing: [refused('404', 'model_unavailable').answer, json({ object: 'list', data: null })],
  },
};

const errors: readonly ErrorFixture[] = [
  refused('400', 'invalid_request', 'maximum context length is 8192'),
  refused('401', 'authentication'),
  refused('404', 'model_unavailable'),
  refused('422', 'invalid_request', "'missing'"),
  refused('503', 'overloaded', 'unavailable_error'),
];

const subject = { createProvider, basePath: '/v1', capabilities, errors };
describeProvider('custom', { ...subject, description: customDescription });
describeProvider('simulator', { ...subject, description: simulatorDescription });
