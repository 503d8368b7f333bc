import { join } from 'node:path';
import { JOB_TYPES, type JobType, type ProviderKind, type ProviderMapping } from '@switchyard/contract';

/** How a kind of provider is configured for the simulator to be its vendor. */
export interface Vendor {
  /** Default its name here. */
  readonly kind?: ProviderKind;
  /** Its block of the configuration. */
  readonly block: (simulator: string) => Readonly<Record<string, unknown>>;
  /** The simulator's routes that its jobs end at, one for each type of job that it can do; null: they stay in the worker. */
  readonly routes: Readonly<Partial<Record<JobType, string | null>>>;
  /** What its model of each type says besides. */
  readonly models?: Readonly<Partial<Record<JobType, Readonly<Record<string, unknown>>>>>;
}

const CLAUDE = '/v1/projects/:project/locations/:location/publishers/anthropic/models/:model';
const GEMINI = '/v1/projects/:project/locations/:location/publishers/google/models/:model';
/** Models of a few hundred kilobytes. */
const TINY_MODELS = join(import.meta.dirname, '../../../worker-huggingface/src/__fixtures__');
const KEY = 'sk-vendor-0123456789abcdef';

function openAiRoutes(prefix = '/v1') {
  const chat = `${prefix}/chat/completions`;
  return {
    generation: chat,
    code: chat,
    embedding: `${prefix}/embeddings`,
    image: `${prefix}/images/generations`,
  };
}

/** The simulator as a server that nobody knows the dialect of. */
const MAPPING: ProviderMapping = {
  key: { header: 'X-Key' },
  generate: {
    path: '/v1/chat/completions',
    body: { model: '{{model}}', messages: '{{messages}}', max_tokens: '{{maxTokens}}' },
    text: '/choices/0/message/content',
    usage: { promptTokens: '/usage/prompt_tokens', completionTokens: '/usage/completion_tokens' },
    finishReason: '/choices/0/finish_reason',
    error: '/error',
  },
  embed: {
    path: '/v1/embeddings',
    body: { model: '{{model}}', input: '{{input}}' },
    embeddings: '/data',
    vector: '/embedding',
    usage: { promptTokens: '/usage/prompt_tokens', totalTokens: '/usage/total_tokens' },
  },
  image: {
    path: '/v1/images/generations',
    body: { model: '{{model}}', prompt: '{{prompt}}', size: '{{size}}', response_format: 'b64_json' },
    images: '/data',
    base64: '/b64_json',
  },
};

/** Every kind of provider, and what else has an adapter of its own, each with the simulator in its vendor's place. */
export const VENDORS: Readonly<Record<string, Vendor>> = {
  openai: { block: (url) => ({ baseURL: `${url}/v1`, apiKey: KEY }), routes: openAiRoutes() },
  anthropic: {
    block: (url) => ({ baseURL: `${url}/v1`, apiKey: KEY }),
    routes: { generation: '/v1/messages', code: '/v1/messages' },
  },
  anthropic_vertex: {
    block: (url) => ({ baseURL: `${url}/v1`, apiKey: KEY, project: 'acme' }),
    routes: { generation: `${CLAUDE}:rawPredict`, code: `${CLAUDE}:rawPredict` },
  },
  vertex: {
    block: (url) => ({ baseURL: url, apiKey: KEY, project: 'yard-1' }),
    routes: {
      generation: `${GEMINI}:generateContent`,
      code: `${GEMINI}:generateContent`,
      embedding: `${GEMINI}:predict`,
    },
  },
  azure_openai: {
    block: (url) => ({ endpoint: url, apiKey: KEY, apiVersion: '2024-10-21' }),
    routes: openAiRoutes('/openai/deployments/:deployment'),
  },
  groq: {
    block: (url) => ({ baseURL: `${url}/openai/v1`, apiKey: KEY }),
    routes: { generation: '/v1/chat/completions', code: '/v1/chat/completions' },
  },
  copilot: {
    block: (url) => ({ baseURL: `${url}/inference`, apiKey: KEY }),
    routes: {
      generation: '/inference/chat/completions',
      code: '/inference/chat/completions',
      embedding: '/inference/embeddings',
    },
  },
  ollama: {
    block: (url) => ({ baseURL: url }),
    routes: { generation: '/api/chat', code: '/api/chat', embedding: '/api/embed' },
  },
  stable_diffusion: { block: (url) => ({ baseURL: url }), routes: { image: '/sdapi/v1/txt2img' } },
  huggingface: {
    block: (url) => ({ baseURL: `${url}/v1`, apiKey: KEY }),
    routes: { generation: '/v1/chat/completions', code: '/v1/chat/completions', embedding: '/embed' },
  },
  'in-process': {
    kind: 'huggingface',
    block: () => ({}),
    models: {
      generation: { modelPath: `${TINY_MODELS}/tiny-writer` },
      code: { modelPath: `${TINY_MODELS}/tiny-writer` },
      embedding: { modelPath: `${TINY_MODELS}/tiny-encoder` },
    },
    routes: { generation: null, code: null, embedding: null },
  },
  custom: { block: (url) => ({ baseURL: `${url}/v1` }), routes: openAiRoutes() },
  mapped: {
    kind: 'custom',
    block: (url) => ({ baseURL: url, apiKey: KEY, mapping: MAPPING }),
    routes: openAiRoutes(),
  },
  simulator: { block: (url) => ({ baseURL: `${url}/v1` }), routes: openAiRoutes() },
};

/** The types of job that a vendor is asked for, in the order of the contract. */
export function jobTypesOf({ routes }: Vendor): readonly JobType[] {
  return JOB_TYPES.filter((type) => routes[type] !== undefined);
}
