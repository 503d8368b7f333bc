import {
  PROVIDER_DESCRIPTIONS,
  type Provider,
  type ProviderDescription,
  type ProviderSettings,
} from '@switchyard/contract';
import { createOpenAiProvider } from '@switchyard/provider-kit/openai';

/** Any server that speaks OpenAI's dialect. */
export const customDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.custom;

/** The vendor that needs nothing: it speaks the same dialect, at the address that the start of the processes gives it. */
export const simulatorDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.simulator;

/**
 * A server of OpenAI's dialect at `baseURL`, with a key or without. Headers of a call go on to it, and so `x-simulate`
 * reaches the simulator.
 * @throws Error that names the setting at fault.
 */
export function createProvider(settings: ProviderSettings): Provider {
  return createOpenAiProvider(settings, { embeddingEncoding: 'float' });
}
