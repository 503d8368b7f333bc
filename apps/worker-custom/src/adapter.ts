import {
  PROVIDER_DESCRIPTIONS,
  type Provider,
  type ProviderDescription,
  type ProviderSettings,
} from '@switchyard/contract';
import { createOpenAiProvider } from '@switchyard/provider-kit/openai';
import { createMappedProvider } from './mapping/mapped-provider.js';

/** Any server that speaks OpenAI's dialect; one that is mapped can do what its mapping says. */
export const customDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.custom;

/** The vendor that needs nothing: it speaks the same dialect, at the address that the start of the processes gives it. */
export const simulatorDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.simulator;

/**
 * A server at `baseURL`, with a key or without: of OpenAI's dialect, or of any JSON by the provider's `mapping`. Headers of
 * a call go on to it, and so `x-simulate` reaches the simulator.
 * @throws Error that names the setting at fault.
 */
export function createProvider(settings: ProviderSettings): Provider {
  const { mapping } = settings;
  if (mapping) return createMappedProvider(settings, mapping);
  return createOpenAiProvider(settings, { embeddingEncoding: 'float' });
}
