import {
  PROVIDER_DESCRIPTIONS,
  type Provider,
  type ProviderDescription,
  type ProviderSettings,
} from '@switchyard/contract';
import { isObject } from '@switchyard/provider-kit';
import { createOpenAiProvider, type OpenAiQuirks } from '@switchyard/provider-kit/openai';
import { createMappedProvider } from './mapping/mapped-provider.js';

/** Any server that speaks OpenAI's dialect; one that is mapped can do what its mapping says. */
export const customDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.custom;

/** The vendor that needs nothing: it speaks the same dialect, at the address that the start of the processes gives it. */
export const simulatorDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.simulator;

/**
 * A server at `baseURL`, with a key or without: of OpenAI's dialect, less what the provider's `dialect` says, or of any JSON by its
 * `mapping`. Headers of
 * a call go on to it, and so `x-simulate` reaches the simulator.
 * @throws Error that names the setting at fault.
 */
export function createProvider(settings: ProviderSettings): Provider {
  const { mapping } = settings;
  if (mapping) return createMappedProvider(settings, mapping);
  return createOpenAiProvider(settings, readDialect(settings));
}

/** What the provider's `dialect` says of a server that takes less than most. */
function readDialect({ options: { dialect } }: ProviderSettings): OpenAiQuirks {
  const { maxTokens, jsonSchema, streamUsage } = isObject(dialect) ? dialect : {};
  return {
    embeddingEncoding: 'float',
    ...((maxTokens === 'max_tokens' || maxTokens === 'max_completion_tokens') && {
      maxTokensParameter: () => maxTokens,
    }),
    ...(jsonSchema === false && { takesSchema: () => false }),
    ...(streamUsage === false && { asksForStreamUsage: false }),
  };
}
