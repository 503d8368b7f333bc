import { readFileSync } from 'node:fs';
import {
  type GenerateReply,
  type ModelCall,
  type ModelSettings,
  type ProviderErrorCode,
  type ProviderSettings,
} from '@switchyard/contract';
import {
  answer,
  CANARY_KEY,
  describeProvider,
  type ErrorFixture,
  eventStream,
  type Exchange,
  json,
  PATIENT,
  type SentRequest,
  startFaultServer,
  withOpenAiUsage,
} from '@switchyard/provider-kit/testing';
import { huggingFaceDescription } from '../adapter.js';
import { embedPath, rootOf } from './embeddings.js';
import { createHostedProvider } from './hosted-provider.js';

/** The bytes of Text Generation Inference and Text Embeddings Inference, with some letters that take more than one. */
function wire(name: string): string {
  return readFileSync(new URL(`./__fixtures__/${name}`, import.meta.url), 'utf8');
}

function refused(
  status: number,
  code: ProviderErrorCode,
  more: Pick<ErrorFixture, 'message'> = {},
): ErrorFixture & { readonly answer: { readonly body: string } } {
  return { name: String(status), code, answer: { status, body: wire(`error-${status}.json`) }, ...more };
}

const LLAMA = 'meta-llama/Llama-3.1-8B-Instruct';
const HEADERS = { authorization: `Bearer ${CANARY_KEY}`, 'x-stainless-lang': null };
const streaming = { stream: true, stream_options: { include_usage: true } };

function chatSent(body: Record<string, unknown>): SentRequest {
  return { method: 'POST', path: '/v1/chat/completions', headers: HEADERS, body: { model: LLAMA, ...body } };
}

const chatCall: ModelCall = {
  providerModel: LLAMA,
  request: {
    prompt: 'Was tut ein Stellwerk?',
    maxTokens: 60,
    seed: 3,
    width: 5,
    providerOptions: { huggingface: { top_k: 20, n: 4 } },
  },
};
const chatBody = {
  messages: [{ role: 'user', content: 'Was tut ein Stellwerk?' }],
  max_tokens: 60,
  seed: 3,
  top_k: 20,
};
const chatReply: Omit<GenerateReply, 'raw'> = {
  content: 'Weichen stellen heißt: wählen. 🛤️',
  toolCalls: [],
  finishReason: 'stop',
  rawFinishReason: 'stop',
  usage: { promptTokens: 17, completionTokens: 12, totalTokens: 29 },
  warnings: [
    'providerOptions.huggingface.n is set by the gateway and was left out.',
    'width is not supported by this provider and was left out.',
  ],
};
const chat: Exchange<GenerateReply> = {
  name: 'a prompt, with a parameter of the server’s own',
  call: chatCall,
  sent: chatSent({ ...chatBody, stream: false }),
  answer: { body: wire('chat.json') },
  reply: chatReply,
};
const plain = { answer: chat.answer, reply: { ...chatReply, warnings: [] } };

const weather = { name: 'get_weather', parameters: { type: 'object', properties: { location: { type: 'string' } } } };
const toolsCall: ModelCall = { providerModel: LLAMA, request: { prompt: 'Weather?', tools: [weather] } };
const toolsBody = {
  messages: [{ role: 'user', content: 'Weather?' }],
  tools: [{ type: 'function', function: weather }],
};
const toolsReply: Omit<GenerateReply, 'raw'> = {
  content: '',
  toolCalls: [{ id: '0', name: 'get_weather', arguments: '{"location":"Köln"}' }],
  finishReason: 'tool_calls',
  rawFinishReason: 'tool_calls',
  usage: { promptTokens: 203, completionTokens: 22, totalTokens: 225 },
  warnings: [],
};

const colour = { type: 'object', properties: { colour: { type: 'string' } } } as const;
const picture = [
  { type: 'text', text: 'What is it?' },
  { type: 'image_url', image_url: { url: 'https://example.com/otter.jpg' } },
] as const;

function embedSent(body: Record<string, unknown>): SentRequest {
  return { method: 'POST', path: '/embed', headers: HEADERS, body };
}

describeProvider('huggingface, hosted', {
  description: huggingFaceDescription,
  createProvider: createHostedProvider,
  basePath: '/v1',
  capabilities: {
    generate: {
      exchanges: [chat],
      withUsage: (variant) => ({ body: withOpenAiUsage(wire('chat.json'), variant) }),
    },
    stream: {
      exchanges: [{ ...chat, sent: chatSent({ ...chatBody, ...streaming }), answer: eventStream(wire('chat.sse')) }],
      withUsage: (variant) => eventStream(withOpenAiUsage(wire('chat.sse'), variant)),
      incomplete: { 'without [DONE]': eventStream(wire('chat.sse').replace('data: [DONE]\n\n', '')) },
      errors: [
        { name: 'as the server sends it', answer: eventStream(wire('stream-error.sse')), code: 'stream_interrupted' },
      ],
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
          name: 'a call in pieces',
          call: toolsCall,
          sent: chatSent({ ...toolsBody, ...streaming }),
          answer: eventStream(wire('tools.sse')),
          reply: toolsReply,
        },
      ],
    },
    json: [
      {
        ...plain,
        name: 'a schema',
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
    ],
    imageInput: [
      {
        ...plain,
        name: 'an image by its address',
        call: { providerModel: LLAMA, request: { messages: [{ role: 'user', content: picture }] } },
        sent: chatSent({ messages: [{ role: 'user', content: picture }], stream: false }),
      },
    ],
    audioInput: 'unsupported',
    fileInput: 'unsupported',
    code: [
      {
        name: 'a language',
        call: { providerModel: LLAMA, request: { prompt: 'Sort a list', language: 'rust', maxTokens: 10 } },
        sent: chatSent({
          messages: [
            { role: 'system', content: 'Write the code in rust.' },
            { role: 'user', content: 'Sort a list' },
          ],
          max_tokens: 10,
          stream: false,
        }),
        answer: { body: wire('chat-length.json') },
        reply: {
          content: 'fn sort<T: Ord>(list: &mut [T])',
          toolCalls: [],
          finishReason: 'length',
          rawFinishReason: 'length',
          usage: { promptTokens: 31, completionTokens: 10, totalTokens: 41 },
          warnings: [],
        },
      },
    ],
    embed: [
      {
        name: 'two texts, cut where they are too long, with the tokens in a header',
        call: {
          providerModel: 'BAAI/bge-small-en-v1.5',
          request: {
            input: ['one', 'two'],
            seed: 1,
            providerOptions: { huggingface: { prompt_name: 'query', inputs: 9 } },
          },
        },
        sent: embedSent({ inputs: ['one', 'two'], normalize: false, truncate: true, prompt_name: 'query' }),
        answer: { headers: { 'x-compute-tokens': '8' }, body: wire('embeddings.json') },
        reply: {
          embeddings: [
            [0.5, -0.25, 1],
            [-0.125, 0.75, 0],
          ],
          usage: { promptTokens: 8, completionTokens: 0, totalTokens: 8 },
          warnings: [
            'providerOptions.huggingface.inputs is set by the gateway and was left out.',
            'seed is not supported by this provider and was left out.',
          ],
        },
      },
      {
        name: 'a text that is not to be cut, of a model whose vectors have the length 1',
        call: {
          providerModel: 'BAAI/bge-small-en-v1.5',
          request: { input: ['a', 'b'], overflow: 'refuse' },
          options: { normalize: true },
        },
        sent: embedSent({ inputs: ['a', 'b'], normalize: true, truncate: false }),
        answer: { headers: { 'x-compute-tokens': 'many' }, body: wire('embeddings.json') },
        reply: {
          embeddings: [
            [0.5, -0.25, 1],
            [-0.125, 0.75, 0],
          ],
          warnings: [],
        },
      },
      {
        name: 'the states of the tokens, of which the mean is taken',
        call: { providerModel: 'google-bert/bert-base-uncased', request: { input: ['a b', 'c'] } },
        sent: embedSent({ inputs: ['a b', 'c'], normalize: false, truncate: true }),
        answer: { body: wire('token-states.json') },
        reply: {
          embeddings: [
            [2, -1],
            [0.5, 0.25],
          ],
          warnings: [],
        },
      },
    ],
    image: 'unsupported',
    listModels: {
      sent: { method: 'GET', path: '/v1/models', headers: HEADERS },
      answer: { body: wire('models.json') },
      models: [{ id: LLAMA }],
    },
    getModelInfo: {
      model: LLAMA,
      sent: { method: 'GET', path: '/v1/models', headers: HEADERS },
      found: { body: wire('models.json') },
      missing: [json({ object: 'list', data: [] })],
    },
  },
  errors: [
    refused(401, 'authentication'),
    refused(404, 'model_unavailable'),
    refused(413, 'invalid_request', { message: 'must have less than 512 tokens. Given: 700' }),
    refused(422, 'invalid_request', { message: 'must be strictly positive' }),
    refused(424, 'bad_response'),
    refused(429, 'rate_limited'),
    refused(503, 'overloaded'),
  ],
});

describe('where vectors are asked for', () => {
  it.each([
    ['http://tei:8080', 'http://tei:8080', '/embed'],
    ['http://tei:8080/v1/', 'http://tei:8080', '/embed'],
    ['https://x.endpoints.huggingface.cloud/team/v1', 'https://x.endpoints.huggingface.cloud/team', '/embed'],
    [
      'https://router.huggingface.co/v1',
      'https://router.huggingface.co',
      '/hf-inference/models/BAAI/bge%20small/pipeline/feature-extraction',
    ],
  ])('%s', (baseURL, root, path) => {
    expect(rootOf(baseURL)).toBe(root);
    expect(embedPath(root, 'BAAI/bge small')).toBe(path);
  });
});

describe('a hosted model', () => {
  const settings: ProviderSettings = {
    name: 'tei',
    kind: 'huggingface',
    baseURL: 'http://127.0.0.1:1/v1',
    concurrency: 1,
    local: false,
    timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 },
    options: {},
  };

  it.each(['modelPath', 'device', 'dtype', 'quantization'])('has no %s, which is for one that runs here', (key) => {
    const model = { id: 'mine', options: { [key]: 'x' } } as unknown as NonNullable<ProviderSettings['models']>[number];
    expect(() => createHostedProvider({ ...settings, models: [model] })).toThrow(
      `models.mine.${key} is for a model that runs here, and providers.tei has a baseURL`,
    );
  });

  it('is what the configuration says where its server only embeds and has no list', async () => {
    const server = await startFaultServer();
    const model = (capability: string) =>
      ({ id: 'a', providerModel: 'bge', capabilities: [capability] }) as unknown as ModelSettings;
    const open = (models: ModelSettings[]) =>
      createHostedProvider({ ...settings, baseURL: server.url, timeouts: PATIENT, models });
    const [embeds, writes] = [open([model('embedding')]), open([model('generation')])];
    const context = { signal: new AbortController().signal };
    const missing = answer({ status: 404, body: '' });
    server.play(missing, missing, missing, missing, answer({ status: 503, body: '' }));
    expect(await embeds.listModels(context)).toEqual([{ id: 'bge' }]);
    expect(await embeds.getModelInfo('bge', context)).toEqual({ id: 'bge' });
    expect(await embeds.getModelInfo('other', context)).toBeUndefined();
    await expect(writes.listModels(context)).rejects.toMatchObject({ code: 'model_unavailable' });
    await expect(embeds.listModels(context)).rejects.toMatchObject({ code: 'overloaded' });
    await Promise.all([embeds.close(), writes.close()]);
    await server.close();
  });

  it('needs no key where its server asks for none', async () => {
    await createHostedProvider(settings).close();
  });
});
