import { type ModelCall, type ProviderErrorCode } from '@switchyard/contract';
import { describeProvider, type ErrorFixture, eventStream } from '@switchyard/provider-kit/testing';
import { media } from './__fixtures__/media.js';
import { tools } from './__fixtures__/tools.js';
import { chatReply, HEADERS, sentTo, user, wire, withUsage } from './__fixtures__/wire.js';
import { createProvider, vertexDescription } from './adapter.js';

function refused(
  name: string,
  file: string,
  code: ProviderErrorCode,
  expected: Pick<ErrorFixture, 'retryAfterSeconds' | 'message'> = {},
): ErrorFixture {
  return { name, code, answer: { status: Number.parseInt(file, 10), body: wire(`error-${file}.json`) }, ...expected };
}

const safetySettings = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_ONLY_HIGH' }];

const chatCall: ModelCall = {
  providerModel: 'gemini-2.5-flash',
  request: {
    messages: [
      { role: 'system', content: 'You speak German.' },
      { role: 'user', content: 'Hi' },
      { role: 'user', content: [{ type: 'text', text: 'Are you there?' }] },
      { role: 'assistant', content: 'Hallo!' },
      { role: 'system', content: 'You rhyme.' },
      { role: 'user', content: 'Sing' },
    ],
    systemPrompt: 'You are terse.',
    context: { user: 'Zoë' },
    temperature: 0.7,
    maxTokens: 500,
    topP: 0.9,
    frequencyPenalty: 2,
    presencePenalty: -0.1,
    stop: ['A', 'B', 'C', 'D', 'E', 'F'],
    seed: 7,
    overflow: 'refuse',
    providerOptions: {
      vertex: {
        topK: 40,
        temperature: 0.2,
        safetySettings,
        thinkingConfig: { thinkingBudget: 128 },
        labels: { team: 'yard' },
        unheardOf: { depth: 2 },
        candidateCount: 8,
        cachedContent: 'cachedContents/1',
        maxOutputTokens: 9_000,
      },
      openai: { reasoning_effort: 'high' },
    },
  },
};

const chatBody = {
  contents: [
    user({ text: 'Hi' }, { text: 'Are you there?' }),
    { role: 'model', parts: [{ text: 'Hallo!' }] },
    user({ text: 'Sing' }),
  ],
  systemInstruction: {
    parts: [{ text: 'You are terse.\n\nYou speak German.\n\nYou rhyme.\n\nContext:\n{"user":"Zoë"}' }],
  },
  generationConfig: {
    temperature: 0.2,
    topP: 0.9,
    topK: 40,
    maxOutputTokens: 500,
    stopSequences: ['A', 'B', 'C', 'D', 'E'],
    frequencyPenalty: 1.99,
    presencePenalty: -0.1,
    seed: 7,
    thinkingConfig: { thinkingBudget: 128 },
    unheardOf: { depth: 2 },
  },
  safetySettings,
  labels: { team: 'yard' },
};

const chatWarnings = [
  'This provider takes 5 stop sequences; those after them were left out.',
  'frequencyPenalty was lowered to 1.99, the highest that this provider takes.',
  ...['candidateCount', 'cachedContent', 'maxOutputTokens'].map(
    (name) => `providerOptions.vertex.${name} is set by the gateway and was left out.`,
  ),
];

describeProvider('vertex', {
  description: vertexDescription,
  createProvider,
  basePath: '',
  settings: { options: { project: 'yard-1' } },
  capabilities: {
    generate: {
      exchanges: [
        {
          name: 'a conversation with every parameter',
          call: chatCall,
          sent: sentTo('gemini-2.5-flash:generateContent', chatBody),
          answer: { body: wire('chat.json') },
          reply: { ...chatReply, warnings: chatWarnings },
        },
        {
          name: 'a prompt that is blocked',
          call: {
            providerModel: 'gemini-2.5-flash',
            request: { prompt: 'How?', negativePrompt: 'x', seed: 2 ** 31 },
          },
          sent: sentTo('gemini-2.5-flash:generateContent', {
            contents: [user({ text: 'How?' })],
            generationConfig: {},
          }),
          answer: { body: wire('blocked.json') },
          reply: {
            content: '',
            toolCalls: [],
            finishReason: 'content_filter',
            rawFinishReason: 'PROHIBITED_CONTENT',
            usage: { promptTokens: 8, completionTokens: 0, totalTokens: 8 },
            warnings: [
              'This provider takes a seed up to 2147483647; the one given was left out.',
              'negativePrompt is not supported by this provider and was left out.',
              'The provider blocked the prompt: The prompt is blocked due to prohibited contents.',
            ],
          },
        },
        {
          name: 'a model of another publisher',
          call: { providerModel: 'meta/llama-4-maverick', request: { prompt: 'Hi' } },
          sent: {
            ...sentTo('', { contents: [user({ text: 'Hi' })], generationConfig: {} }),
            path: '/v1/projects/yard-1/locations/us-central1/publishers/meta/models/llama-4-maverick:generateContent',
          },
          answer: { body: wire('chat.json') },
          reply: chatReply,
        },
        {
          name: 'a tuned model by its full name',
          call: { providerModel: 'projects/7/locations/europe-west4/endpoints/9', request: { prompt: 'Hi' } },
          sent: {
            ...sentTo('', { contents: [user({ text: 'Hi' })], generationConfig: {} }),
            path: '/v1/projects/7/locations/europe-west4/endpoints/9:generateContent',
          },
          answer: { body: wire('chat.json') },
          reply: chatReply,
        },
      ],
      withUsage: (variant) => ({ body: withUsage(wire('chat.json'), variant) }),
    },
    stream: {
      exchanges: [
        {
          name: 'a conversation',
          call: chatCall,
          sent: sentTo('gemini-2.5-flash:streamGenerateContent?alt=sse', chatBody),
          answer: eventStream(wire('chat.sse')),
          reply: {
            content: 'Grüß dich! 👋 Fünf Töne: ♩♪♫♬♭.',
            toolCalls: [],
            finishReason: 'stop',
            rawFinishReason: 'STOP',
            usage: { promptTokens: 19, completionTokens: 9, totalTokens: 28 },
            warnings: chatWarnings,
          },
        },
        {
          name: 'a prompt that is blocked',
          call: { providerModel: 'gemini-2.5-flash', request: { prompt: 'How?' } },
          sent: sentTo('gemini-2.5-flash:streamGenerateContent?alt=sse', {
            contents: [user({ text: 'How?' })],
            generationConfig: {},
          }),
          answer: eventStream(wire('blocked.sse')),
          reply: {
            content: '',
            toolCalls: [],
            finishReason: 'content_filter',
            rawFinishReason: 'SAFETY',
            usage: { promptTokens: 8, completionTokens: 0, totalTokens: 8 },
            warnings: [],
          },
        },
      ],
      withUsage: (variant) => eventStream(withUsage(wire('chat.sse'), variant)),
      incomplete: {
        'without a finish reason': eventStream(wire('chat.sse').replace('"finishReason": "STOP"', '"index": 0')),
        'without anything': eventStream(''),
      },
      errors: [
        { name: 'as Google sends it', answer: eventStream(wire('stream-error.sse')), code: 'overloaded' },
        {
          name: 'by its status alone',
          answer: eventStream('data: {"error":{"message":"x","status":"RESOURCE_EXHAUSTED"}}\r\n\r\n'),
          code: 'rate_limited',
        },
        { name: 'of an unknown kind', answer: eventStream('data: {"error":"oh no"}\n\n'), code: 'stream_interrupted' },
        { name: 'that is not JSON', answer: eventStream('data: oh no\n\n'), code: 'bad_response' },
      ],
    },
    tools,
    ...media,
    code: [
      {
        name: 'a model that thinks, within the cap',
        call: {
          providerModel: 'gemini-2.5-pro',
          request: { prompt: 'add two numbers', language: 'python', maxTokens: 300 },
        },
        sent: sentTo('gemini-2.5-pro:generateContent', {
          contents: [user({ text: 'add two numbers' })],
          systemInstruction: { parts: [{ text: 'Write the code in python.' }] },
          generationConfig: { maxOutputTokens: 300 },
        }),
        answer: { body: wire('chat-thinking.json') },
        reply: {
          content: 'def add(a: int, b: int) -> int:',
          toolCalls: [],
          finishReason: 'length',
          rawFinishReason: 'MAX_TOKENS',
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
        name: 'two texts, of which the second was too long',
        call: {
          providerModel: 'text-embedding-005',
          request: {
            input: ['one', 'two'],
            providerOptions: { vertex: { taskType: 'RETRIEVAL_DOCUMENT', outputDimensionality: 3, topK: 1 } },
          },
        },
        sent: sentTo('text-embedding-005:predict', {
          instances: [
            { content: 'one', task_type: 'RETRIEVAL_DOCUMENT' },
            { content: 'two', task_type: 'RETRIEVAL_DOCUMENT' },
          ],
          parameters: { outputDimensionality: 3 },
        }),
        answer: { body: wire('embeddings.json') },
        reply: {
          embeddings: [
            [-0.125, 0.75, 0],
            [0.5, -0.25, 1],
          ],
          usage: { promptTokens: 8, completionTokens: 0, totalTokens: 8 },
          warnings: [
            'providerOptions.vertex.topK is no option of embeddings and was left out.',
            'input[1] was cut to the length that the model takes.',
          ],
        },
      },
      {
        name: 'a text, by a model that takes one',
        call: {
          providerModel: 'gemini-embedding-2',
          request: { input: 'one', providerOptions: { vertex: { outputDimensionality: 3 } } },
        },
        sent: sentTo('gemini-embedding-2:embedContent', {
          content: user({ text: 'one' }),
          embedContentConfig: { outputDimensionality: 3 },
        }),
        answer: { body: wire('embedding.json') },
        reply: {
          embeddings: [[0.25, -0.5, 0.125]],
          usage: { promptTokens: 6, completionTokens: 0, totalTokens: 6 },
          warnings: [],
        },
      },
    ],
    image: 'unsupported',
    listModels: {
      sent: { method: 'GET', path: '/v1beta1/publishers/google/models?pageSize=100', headers: HEADERS },
      answer: { body: wire('models.json') },
      models: [{ id: 'gemini-2.5-pro' }, { id: 'text-embedding-005' }, { id: 'imagen-4.0-generate-001' }],
    },
    getModelInfo: {
      model: 'gemini-2.5-pro',
      sent: { method: 'GET', path: '/v1/publishers/google/models/gemini-2.5-pro', headers: HEADERS },
      found: { body: wire('model.json') },
      missing: [{ status: 404, body: wire('error-404.json') }],
    },
  },
  errors: [
    refused('a prompt over the window', '400', 'invalid_request', { message: 'maximum number of tokens allowed' }),
    refused('a wrong key', '400-key', 'authentication', { message: 'API_KEY_INVALID' }),
    refused('an old token', '401', 'authentication', { message: 'ACCESS_TOKEN_EXPIRED' }),
    refused('a project without the permission', '403', 'authentication', { message: 'IAM_PERMISSION_DENIED' }),
    refused('an unknown model', '404', 'model_unavailable'),
    refused('a rate limit', '429', 'rate_limited', { retryAfterSeconds: 19.5 }),
    refused('an error of the server', '500', 'overloaded'),
    refused('an overload, in a list', '503', 'overloaded', { message: 'UNAVAILABLE' }),
  ],
});
