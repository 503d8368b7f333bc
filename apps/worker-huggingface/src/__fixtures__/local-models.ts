import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type CallContext,
  type ModelSettings,
  nanoUsd,
  type Provider,
  type ProviderSettings,
} from '@switchyard/contract';
import { openLocalProvider } from '../local/open-local-provider.js';

/** Where the models of the specs are. */
export const FIXTURES = fileURLToPath(new URL('.', import.meta.url));

/** What the reference runtime made of texts and prompts; `make-models.py` wrote it. */
export interface Reference {
  readonly texts: readonly string[];
  readonly fp32: readonly { readonly tokens: number; readonly vector: readonly number[] }[];
  readonly q8: readonly { readonly tokens: number; readonly vector: readonly number[] }[];
  readonly written: readonly {
    readonly prompt: string;
    readonly promptTokens: number;
    readonly tokens: number;
    readonly text: string;
  }[];
}

export const reference = JSON.parse(readFileSync(join(FIXTURES, 'reference.json'), 'utf8')) as Reference;

const FREE = {
  inputPerMillion: nanoUsd(0n),
  outputPerMillion: nanoUsd(0n),
  perRequest: nanoUsd(0n),
  perImage: {},
  batchFactorPpm: 1_000_000,
  above: [],
};

/** A model of the configuration, by its id. */
export function modelOf(
  id: string,
  options: ModelSettings['options'],
  more: Partial<ModelSettings> = {},
): ModelSettings {
  const base = { provider: 'hf', providerModel: id, price: FREE, params: {}, versions: {}, fallbackModels: [] };
  return { id, ...base, capabilities: ['embedding'], options: options ?? {}, ...more };
}

/** A provider of local models; its thread is the built one, as the runtime takes no numbers from within a test's realm. */
export async function openLocal(
  models: readonly ModelSettings[],
  options: ProviderSettings['options'] = {},
  { modelsDirectory = FIXTURES, apiKey }: { readonly modelsDirectory?: string; readonly apiKey?: string } = {},
): Promise<Provider> {
  return await openLocalProvider(
    {
      name: 'hf',
      kind: 'huggingface',
      concurrency: 4,
      local: true,
      timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 },
      options,
      models,
      ...(apiKey !== undefined && { apiKey }),
    },
    {
      places: { modelsDirectory, folders: [FIXTURES] },
      threadFile: new URL('../../dist/engine/thread.js', import.meta.url),
    },
  );
}

/** A context that nobody aborts. */
export function calm(): CallContext {
  return { signal: new AbortController().signal };
}
