import { type ContentPart, type ModelCall, type ProviderErrorCode, type ProviderSettings } from '@switchyard/contract';
import {
  answer,
  describeProvider,
  type ErrorFixture,
  eventStream,
  json,
  PATIENT,
  startFaultServer,
  withAnthropicUsage,
} from '@switchyard/provider-kit/testing';
import { HEADERS, messageReply, predictSent, wire } from './__fixtures__/wire.js';
import { anthropicVertexDescription, createProvider } from './adapter.js';

const MODEL = 'claude-opus-4-5@20251101';

function refused(file: string, code: ProviderErrorCode, message = ''): ErrorFixture {
  const status = Number.parseInt(file, 10);
  return { name: file, code, answer: { status, body: wire(`error-${file}.json`) }, message };
}

const chatCall: ModelCall = {
  providerModel: MODEL,
  request: {
    prompt: 'Hi',
    systemPrompt: 'You are terse.',
    temperature: 0.5,
    maxTokens: 100,
    providerOptions: {
      anthropic_vertex: { top_k: 5, anthropic_version: 'another' },
      anthropic: { metadata: { user_id: 'u1' } },
    },
  },
};
const chatBody = {
  max_tokens: 100,
  messages: [{ role: 'user', content: 'Hi' }],
  system: 'You are terse.',
  temperature: 0.5,
  top_k: 5,
};
const chatWarnings = ['providerOptions.anthropic_vertex.anthropic_version is set by the gateway and was left out.'];

const plain = { answer: { body: wire('message.json') }, reply: messageReply };

function asking(...content: readonly ContentPart[]): ModelCall {
  return { providerModel: MODEL, request: { messages: [{ role: 'user', content }], maxTokens: 100 } };
}

function asked(...content: readonly unknown[]) {
  return predictSent(MODEL, 'rawPredict', { max_tokens: 100, messages: [{ role: 'user', content }] });
}

describeProvider('anthropic_vertex', {
  description: anthropicVertexDescription,
  createProvider,
  basePath: '/v1',
  settings: { options: { project: 'acme-1', region: 'europe-west1' } },
  capabilities: {
    generate: {
      exchanges: [
        {
          ...plain,
          name: 'a prompt',
          call: chatCall,
          sent: predictSent(MODEL, 'rawPredict', chatBody),
          reply: { ...messageReply, warnings: chatWarnings },
        },
      ],
      withUsage: (variant) => ({ body: withAnthropicUsage(wire('message.json'), variant) }),
    },
    stream: {
      exchanges: [
        {
          name: 'a prompt',
          call: chatCall,
          sent: predictSent(MODEL, 'streamRawPredict', { ...chatBody, stream: true }),
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
      ],
      withUsage: (variant) => eventStream(withAnthropicUsage(wire('message.sse'), variant)),
      incomplete: {
        'without message_stop': eventStream(wire('message.sse').replace(/event: message_stop\n.*\n\n/, '')),
        'without anything': eventStream(''),
      },
      errors: [
        {
          name: 'of Anthropic',
          answer: eventStream('event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n'),
          code: 'overloaded',
        },
        {
          name: 'of Google',
          answer: eventStream(`data: {"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}}\n\n`),
          code: 'rate_limited',
        },
      ],
    },
    tools: {
      generate: [
        {
          name: 'two tools at once',
          call: {
            providerModel: 'claude-sonnet-4-5',
            request: { prompt: 'Zürich?', maxTokens: 100, tools: [{ name: 'get_weather' }], toolChoice: 'required' },
          },
          sent: predictSent('claude-sonnet-4-5', 'rawPredict', {
            max_tokens: 100,
            messages: [{ role: 'user', content: 'Zürich?' }],
            tools: [{ name: 'get_weather', input_schema: { type: 'object' } }],
            tool_choice: { type: 'any' },
          }),
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
      stream: [],
    },
    json: [
      {
        ...plain,
        name: 'an object of a schema',
        call: {
          providerModel: 'claude-opus-4-6',
          request: { prompt: 'Hi', maxTokens: 100 },
          output: { format: 'json', schema: { type: 'object', properties: {} } },
        },
        sent: predictSent('claude-opus-4-6', 'rawPredict', {
          max_tokens: 100,
          messages: [{ role: 'user', content: 'Hi' }],
          output_config: {
            format: { type: 'json_schema', schema: { type: 'object', properties: {}, additionalProperties: false } },
          },
        }),
      },
    ],
    imageInput: [
      {
        ...plain,
        name: 'by its content',
        call: asking({ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }),
        sent: asked({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } }),
      },
    ],
    fileInput: [
      {
        ...plain,
        name: 'a PDF',
        call: asking({ type: 'file', file: { data: 'JVBERi0=', mimeType: 'application/pdf' } }),
        sent: asked({ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' } }),
      },
    ],
    audioInput: 'unsupported',
    code: [
      {
        ...plain,
        name: 'in a language',
        call: { providerModel: MODEL, request: { prompt: 'add', language: 'go', maxTokens: 100 } },
        sent: predictSent(MODEL, 'rawPredict', {
          max_tokens: 100,
          messages: [{ role: 'user', content: 'add' }],
          system: 'Write the code in go.',
        }),
      },
    ],
    embed: 'unsupported',
    image: 'unsupported',
    listModels: {
      sent: { method: 'GET', path: '/v1beta1/publishers/anthropic/models?pageSize=100', headers: HEADERS },
      answer: { body: wire('models.json') },
      models: [{ id: MODEL }, { id: 'claude-opus-5-5' }],
    },
    getModelInfo: {
      model: MODEL,
      sent: { method: 'GET', path: `/v1/publishers/anthropic/models/${MODEL}`, headers: HEADERS },
      found: { body: wire('model.json') },
      missing: [{ status: 404, body: wire('error-404.json') }],
    },
  },
  errors: [
    refused('400', 'invalid_request', "Invalid value at 'messages'"),
    refused('401', 'authentication'),
    refused('403', 'authentication'),
    refused('404', 'model_unavailable'),
    refused('429', 'rate_limited'),
    refused('529', 'overloaded', 'overloaded_error'),
  ],
});

describe('the settings of anthropic_vertex', () => {
  const settings: ProviderSettings = {
    name: 'claude',
    kind: 'anthropic_vertex',
    concurrency: 32,
    local: false,
    timeouts: PATIENT,
    options: { project: 'acme-1' },
  };

  it.each([
    [{}, 'providers.claude.project is missing'],
    [{ project: '../x' }, 'providers.claude.project is no name of a project'],
    [{ project: 'acme-1', region: 'us east' }, 'providers.claude.region is no name of a region'],
  ])('refuses %j', (options, message) => {
    expect(() => createProvider({ ...settings, options })).toThrow(message);
  });

  it('asks in us-east5 unless told otherwise, and reads every page of the models', async () => {
    const server = await startFaultServer();
    const provider = createProvider({ ...settings, baseURL: server.url });
    const { signal } = new AbortController();
    server.play(
      answer(plain.answer),
      answer(json({ publisherModels: [{ name: 'publishers/anthropic/models/a' }, {}], nextPageToken: 'n/1' })),
      answer(json({ publisherModels: [{ name: 'publishers/anthropic/models/b', versionId: '2' }] })),
    );
    await provider.generate?.({ providerModel: 'odd/model:x', request: { prompt: 'Hi' } }, { signal });
    expect(await provider.listModels({ signal })).toEqual([{ id: 'a' }, { id: 'b@2' }]);
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/v1/projects/acme-1/locations/us-east5/publishers/anthropic/models/odd%2Fmodel%3Ax:rawPredict',
      '/v1beta1/publishers/anthropic/models?pageSize=100',
      '/v1beta1/publishers/anthropic/models?pageSize=100&pageToken=n%2F1',
    ]);
    await provider.close();
    await server.close();
  });

  it('refuses an image by its address, which Google does not fetch', async () => {
    const provider = createProvider({ ...settings, baseURL: 'http://127.0.0.1:1' });
    const call = asking({ type: 'image_url', image_url: { url: 'https://example.com/a.png' } });
    await expect(provider.generate?.(call, { signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'invalid_request',
      reachedVendor: false,
    });
    await provider.close();
  });

  it('has Google’s tokens unless it is told of other credentials, or of another server', async () => {
    const kindOf = async (changes: Partial<ProviderSettings>): Promise<string> => {
      const provider = createProvider({ ...settings, ...changes });
      await provider.close();
      return provider.auth.status().kind;
    };
    const { options } = settings;
    for (const region of ['us-east5', 'global', 'us', 'eu']) {
      expect(await kindOf({ options: { ...options, region } })).toBe('google');
    }
    expect(await kindOf({ apiKey: 'ya29.token' })).toBe('api_key');
    expect(await kindOf({ options: { ...options, keys: [{ name: 'a', apiKey: 'ya29.token' }] } })).toBe('api_key');
    expect(await kindOf({ baseURL: 'http://127.0.0.1:1' })).toBe('none');
  });
});
