import {
  type GenerateReply,
  type ModelCall,
  type ProviderDescription,
  type ProviderMapping,
} from '@switchyard/contract';
import {
  CANARY_KEY,
  describeProvider,
  type Exchange,
  json,
  type SentRequest,
  type UsageVariant,
} from '@switchyard/provider-kit/testing';
import { createProvider } from '../adapter.js';

/** A server that is like no vendor's. */
const MAPPING: ProviderMapping = {
  key: { header: 'X-House-Key' },
  generate: {
    path: '/engines/{{model}}/say?trace=1',
    headers: { 'X-Team': 'yard' },
    body: {
      text: '{{prompt}}',
      rules: '{{systemPrompt}}',
      limits: { tokens: '{{maxTokens}}', heat: '{{temperature}}', until: '{{stop}}' },
      shape: '{{schema}}',
      label: 'for {{model}}',
    },
    text: '/answer/0/said',
    usage: { promptTokens: '/spent/in', completionTokens: '/spent/out', reasoningTokens: '/spent/thought' },
    finishReason: '/answer/0/why',
    finishReasons: { enough: 'length', forbidden: 'content_filter' },
    error: '/error',
  },
  embed: {
    path: '/vectors',
    body: { texts: '{{input}}', engine: '{{model}}' },
    embeddings: '/rows',
    vector: '/v',
    usage: { promptTokens: '/tokens', totalTokens: '/tokens' },
    error: '/error',
  },
  image: {
    path: '/draw',
    method: 'PUT',
    body: { scene: '{{prompt}}', box: ['{{width}}', '{{height}}'], steps: '{{numInferenceSteps}}' },
    images: '/pictures',
    base64: '',
    error: '/error',
  },
  models: { path: '/engines', list: '/engines', id: '/name', error: '/error' },
};

const DESCRIPTION: ProviderDescription = {
  kind: 'custom',
  streaming: false,
  capabilities: ['generation', 'code', 'json', 'embedding', 'image'],
};

const KEYED = { 'x-house-key': CANARY_KEY, authorization: null, 'x-team': null };

function saidTo(engine: string, body: Record<string, unknown>): SentRequest {
  const headers = { ...KEYED, 'x-team': 'yard' };
  return { method: 'POST', path: `/api/engines/${engine}/say?trace=1`, headers, body };
}

const call: ModelCall = {
  providerModel: 'big/one',
  request: { prompt: 'Grüß dich', maxTokens: 9, temperature: 0, topP: 0.5, providerOptions: { custom: { beam: 4 } } },
};
const REPLY: Omit<GenerateReply, 'raw'> = {
  content: 'Servus 👋',
  toolCalls: [],
  finishReason: 'length',
  rawFinishReason: 'enough',
  usage: { promptTokens: 4, completionTokens: 3, totalTokens: 7, reasoningTokens: 1 },
  warnings: [
    'providerOptions.custom.beam is not supported by this provider and was left out.',
    'topP is not supported by this provider and was left out.',
  ],
};
const ANSWER = { answer: [{ said: 'Servus 👋', why: 'enough' }], spent: { in: 4, out: 3, thought: 1 } };

const SPENT: Readonly<Record<UsageVariant, unknown>> = {
  missing: undefined,
  zero: { in: 0, out: 0 },
  negative: { in: -4, out: 3 },
  text: { in: '4', out: '3' },
};

const plain: Exchange<GenerateReply> = {
  name: 'a prompt, with the numbers as numbers',
  call,
  sent: saidTo('big%2Fone', { text: 'Grüß dich', limits: { tokens: 9, heat: 0 }, label: 'for big/one' }),
  answer: json(ANSWER),
  reply: REPLY,
};

/** A conversation, of which the server only takes text and rules. */
const conversation: Exchange<GenerateReply> = {
  ...plain,
  name: 'a conversation, told by who spoke, its system turn where rules go',
  call: {
    providerModel: 'one',
    request: {
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello!' },
        { role: 'user', content: [{ type: 'text', text: 'Sing' }] },
      ],
      stop: ['END'],
      tools: [{ name: 'get_weather' }],
    },
  },
  sent: saidTo('one', {
    text: 'user: Hi\nassistant: Hello!\nuser: Sing',
    rules: 'Be kind.',
    limits: { until: ['END'] },
    label: 'for one',
  }),
  answer: json({ answer: [{ said: '', why: 'forbidden' }] }),
  reply: {
    content: '',
    toolCalls: [],
    finishReason: 'content_filter',
    rawFinishReason: 'forbidden',
    warnings: ['tools is not supported by this provider and was left out.'],
  },
};

describeProvider('custom, by a mapping', {
  description: DESCRIPTION,
  createProvider,
  basePath: '/api',
  settings: { mapping: MAPPING },
  capabilities: {
    generate: {
      exchanges: [plain, conversation],
      withUsage: (variant) => json({ ...ANSWER, spent: SPENT[variant] }),
    },
    stream: 'unsupported',
    tools: 'unsupported',
    json: [
      {
        ...plain,
        name: 'a schema in its slot',
        call: {
          providerModel: 'one',
          request: { prompt: 'Hi' },
          output: { format: 'json', schema: { type: 'object' } },
        },
        sent: saidTo('one', { text: 'Hi', limits: {}, shape: { type: 'object' }, label: 'for one' }),
        reply: { ...REPLY, warnings: [] },
      },
    ],
    imageInput: 'unsupported',
    audioInput: 'unsupported',
    fileInput: 'unsupported',
    code: [
      {
        ...plain,
        name: 'a language and a context among the rules',
        call: { providerModel: 'one', request: { prompt: 'Sort', language: 'go', context: { a: 1 } } },
        sent: saidTo('one', {
          text: 'Sort',
          rules: 'Write the code in go.\n\nContext:\n{"a":1}',
          limits: {},
          label: 'for one',
        }),
        reply: { ...REPLY, warnings: [] },
      },
    ],
    embed: [
      {
        name: 'two texts',
        call: { providerModel: 'vec', request: { input: ['a', 'b'] } },
        sent: { method: 'POST', path: '/api/vectors', headers: KEYED, body: { texts: ['a', 'b'], engine: 'vec' } },
        answer: json({ rows: [{ v: [1, 0.5] }, { v: [0, 1] }], tokens: 2 }),
        reply: {
          embeddings: [
            [1, 0.5],
            [0, 1],
          ],
          usage: { promptTokens: 2, completionTokens: 0, totalTokens: 2 },
          warnings: [],
        },
      },
    ],
    image: [
      {
        name: 'a picture in the list itself',
        call: {
          providerModel: 'pen',
          request: { prompt: 'a yard', width: 64, height: 32, responseFormat: 'base64', n: 2 },
        },
        sent: { method: 'PUT', path: '/api/draw', headers: KEYED, body: { scene: 'a yard', box: [64, 32] } },
        answer: json({ pictures: ['data:image/jpeg;base64,/9j/4AAQ'] }),
        reply: {
          images: [{ base64: '/9j/4AAQ', mimeType: 'image/jpeg' }],
          warnings: ['n is not supported by this provider and was left out.'],
        },
      },
    ],
    listModels: {
      sent: { method: 'GET', path: '/api/engines', headers: KEYED },
      answer: json({ engines: [{ name: 'one', since: 2024 }, { name: 'vec' }, {}] }),
      models: [{ id: 'one' }, { id: 'vec' }],
    },
    getModelInfo: {
      model: 'one',
      sent: { method: 'GET', path: '/api/engines', headers: KEYED },
      found: json({ engines: [{ name: 'one' }] }),
      missing: [json({ engines: [{ name: 'two' }] })],
    },
  },
  errors: [
    {
      name: 'an error in words of its own',
      code: 'invalid_request',
      message: 'limits.heat is over 1',
      answer: json({ error: 'limits.heat is over 1' }, 422),
    },
    { name: 'an error that came with success', code: 'bad_response', answer: json({ error: { message: 'no' } }) },
  ],
});
