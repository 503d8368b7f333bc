import { JOB_TYPES, type JobType, type ProviderKind } from '@switchyard/contract';

/** How a kind of provider is configured for the simulator to be its vendor. */
export interface Vendor {
  /** Its block of the configuration. */
  readonly block: (simulator: string) => Readonly<Record<string, unknown>>;
  /** The simulator's routes that its jobs end at: one for each type of job that it can do. */
  readonly routes: Readonly<Partial<Record<JobType, string>>>;
}

const CLAUDE = '/v1/projects/:project/locations/:location/publishers/anthropic/models/:model';
const GEMINI = '/v1/projects/:project/locations/:location/publishers/google/models/:model';
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

/** Every kind of provider, each with the simulator in its vendor's place. */
export const VENDORS: Readonly<Partial<Record<ProviderKind, Vendor>>> = {
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
  custom: { block: (url) => ({ baseURL: `${url}/v1` }), routes: openAiRoutes() },
  simulator: { block: (url) => ({ baseURL: `${url}/v1` }), routes: openAiRoutes() },
};

/** The types of job that a vendor is asked for, in the order of the contract. */
export function jobTypesOf({ routes }: Vendor): readonly JobType[] {
  return JOB_TYPES.filter((type) => routes[type] !== undefined);
}
