import {
  PROVIDER_DESCRIPTIONS,
  type Provider,
  type ProviderDescription,
  type ProviderSettings,
} from '@switchyard/contract';
import { openLocalProvider, type LocalSurroundings } from './local/open-local-provider.js';

/** What models of Hugging Face can be asked for: hosted ones all of it, local ones text and embeddings. */
export const huggingFaceDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.huggingface;

/**
 * Models of Hugging Face: hosted ones where the provider has a `baseURL`, else those that run in this process. What only
 * one of both needs is loaded for that one.
 * @throws Error that names every setting at fault.
 */
export async function createProvider(settings: ProviderSettings, surroundings: LocalSurroundings): Promise<Provider> {
  if (settings.baseURL === undefined) return await openLocalProvider(settings, surroundings);
  const { createHostedProvider } = await import('./hosted/hosted-provider.js');
  return createHostedProvider(settings);
}
