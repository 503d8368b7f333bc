import { type GenerateReply, type ModelCall } from '@switchyard/contract';
import {
  describeProvider,
  eventStream,
  type Exchange,
  json,
  type SentRequest,
  withOpenAiUsage,
} from '@switchyard/provider-kit/testing';
import { chatReply, HEADERS, refused, sentTo, wire } from './__fixtures__/wire.js';
import { azureOpenAiDescription, createProvider } from './adapter.js';

const streaming = { stream: true, stream_options: { include_usage: true } };
const messages = [{ role: 'user', content: 'What is blue?' }];

const chatSent = (body: Record<string, unknown>): SentRequest =>
  sentTo('prod%20chat/chat/completions', { model: 'prod chat', ...body });

const chatCall: ModelCall = {
  providerModel: 'prod chat',
  request: { prompt: 'What is blue?', maxTokens: 50, providerOptions: { azure_openai: { user: 'u1' } } },
};
const chat: Exchange<GenerateReply> = {
  name: 'a prompt',
  call: chatCall,
  sent: chatSent({ messages, max_tokens: 50, user: 'u1', stream: false }),
  answer: { body: wire('chat.json') },
  reply: chatReply,
};

const weather = { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } };
const toolsCall: ModelCall = { providerModel: 'prod chat', request: { prompt: 'What is blue?', tools: [weather] } };
const toolsBody = { messages, tools: [{ type: 'function', function: weather }] };
const toolsReply: Omit<GenerateReply, 'raw'> = {
  content: '',
  toolCalls: [{ id: 'call_AZ1', name: 'get_weather', arguments: '{"city":"Köln"}' }],
  finishReason: 'tool_calls',
  rawFinishReason: 'tool_calls',
  usage: { promptTokens: 70, completionTokens: 17, totalTokens: 87 },
  warnings: [],
};

/** A turn of the user in parts, which go out as the dialect has them. */
function ofParts(name: string, part: object, sent: object): Exchange<GenerateReply> {
  return {
    ...chat,
    name,
    call: { providerModel: 'prod chat', request: { messages: [{ role: 'user', content: [part] }] } } as ModelCall,
    sent: chatSent({ messages: [{ role: 'user', content: [sent] }], stream: false }),
  };
}
const picture = { type: 'image_url', image_url: { url: 'https://example.com/otter.jpg' } };

describeProvider('azure_openai', {
  description: azureOpenAiDescription,
  createProvider,
  basePath: '',
  settings: { options: { apiVersion: '2024-10-21' } },
  capabilities: {
    generate: {
      exchanges: [
        chat,
        {
          ...chat,
          name: 'an answer that the content filter took away',
          answer: { body: wire('chat-filtered.json') },
          reply: {
            ...chatReply,
            content: '',
            finishReason: 'content_filter',
            rawFinishReason: 'content_filter',
            usage: { promptTokens: 21, completionTokens: 9, totalTokens: 30 },
          },
        },
        {
          ...chat,
          name: 'a prompt that the content filter refused',
          answer: { status: 400, body: wire('error-400-filter.json') },
          reply: {
            content: '',
            toolCalls: [],
            finishReason: 'content_filter',
            rawFinishReason: 'content_filter',
            warnings: ['The content filter of the provider refused the prompt; nothing was generated.'],
          },
        },
      ],
      withUsage: (variant) => ({ body: withOpenAiUsage(wire('chat.json'), variant) }),
    },
    stream: {
      exchanges: [
        {
          ...chat,
          name: 'with what the content filter found, also late',
          sent: chatSent({ messages, max_tokens: 50, user: 'u1', ...streaming }),
          answer: eventStream(wire('chat.sse')),
          reply: {
            ...chatReply,
            content: 'Azurblau über Köln ☁️',
            usage: {
              promptTokens: 21,
              completionTokens: 7,
              totalTokens: 28,
              cachedPromptTokens: 0,
              reasoningTokens: 0,
            },
          },
        },
        {
          name: 'an answer that the content filter cut off',
          call: chatCall,
          sent: chatSent({ messages, max_tokens: 50, user: 'u1', ...streaming }),
          answer: eventStream(wire('chat-filtered.sse')),
          reply: {
            content: 'Azurblau',
            toolCalls: [],
            finishReason: 'content_filter',
            rawFinishReason: 'content_filter',
            warnings: [],
          },
        },
        {
          name: 'a prompt that the content filter refused',
          call: chatCall,
          sent: chatSent({ messages, max_tokens: 50, user: 'u1', ...streaming }),
          answer: { status: 400, body: wire('error-400-filter.json') },
          reply: {
            content: '',
            toolCalls: [],
            finishReason: 'content_filter',
            rawFinishReason: 'content_filter',
            warnings: ['The content filter of the provider refused the prompt; nothing was generated.'],
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
          messages,
          max_tokens: 50,
          user: 'u1',
          response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } },
          stream: false,
        }),
      },
    ],
    imageInput: [ofParts('an image', picture, picture)],
    audioInput: [
      ofParts(
        'a recording',
        { type: 'audio', audio: { data: 'UklGRg==', format: 'wav' } },
        { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
      ),
    ],
    fileInput: [
      ofParts(
        'a document',
        { type: 'file', file: { data: 'JVBERi0=', mimeType: 'application/pdf', filename: 'a.pdf' } },
        { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'a.pdf' } },
      ),
    ],
    code: [
      {
        ...chat,
        name: 'a language',
        call: { providerModel: 'prod chat', request: { prompt: 'What is blue?', language: 'c' } },
        sent: chatSent({
          messages: [{ role: 'system', content: 'Write the code in c.' }, ...messages],
          stream: false,
        }),
      },
    ],
    embed: [
      {
        name: 'one text',
        call: { providerModel: 'vectors', request: { input: 'Köln' } },
        sent: sentTo('vectors/embeddings', { model: 'vectors', input: ['Köln'], encoding_format: 'base64' }),
        answer: { body: wire('embeddings.json') },
        reply: {
          embeddings: [[0.5, -0.25]],
          usage: { promptTokens: 3, completionTokens: 0, totalTokens: 3 },
          warnings: [],
        },
      },
    ],
    image: [
      {
        name: 'DALL·E',
        call: { providerModel: 'dall-e-3', request: { prompt: 'Cologne', size: '1024x1024', style: 'vivid' } },
        sent: sentTo('dall-e-3/images/generations', {
          model: 'dall-e-3',
          prompt: 'Cologne',
          size: '1024x1024',
          style: 'vivid',
        }),
        answer: { body: wire('images.json') },
        reply: {
          images: [
            {
              url: 'https://dalleprodsec.blob.core.windows.net/private/images/generated_00.png?se=2023-10-27',
              mimeType: 'image/png',
            },
          ],
          warnings: [],
        },
      },
    ],
    listModels: {
      sent: { method: 'GET', path: '/openai/models?api-version=2024-10-21', headers: HEADERS },
      answer: { body: wire('models.json') },
      models: [{ id: 'gpt-4o-2024-08-06' }, { id: 'text-embedding-3-small-1' }],
    },
    getModelInfo: {
      model: 'gpt-4o-2024-08-06',
      sent: { method: 'GET', path: '/openai/models/gpt-4o-2024-08-06?api-version=2024-10-21', headers: HEADERS },
      found: { body: wire('model.json') },
      missing: [refused('404-model', 'model_unavailable').answer, json({ object: 'list', data: [] })],
    },
  },
  errors: [
    refused('400', 'invalid_request', { message: 'Unrecognized request argument supplied: stream_options' }),
    refused('401', 'authentication'),
    refused('404', 'model_unavailable', { message: 'DeploymentNotFound' }),
    refused('429', 'rate_limited', { retryAfterSeconds: 20 }, { 'retry-after': '20' }),
  ],
});
