import {
  PROVIDER_DESCRIPTIONS,
  type Provider,
  type ProviderDescription,
  type ProviderSettings,
} from '@switchyard/contract';
import { createOpenAiProvider, withoutMethods } from '@switchyard/provider-kit/openai';

/** What Groq's models can be asked for. */
export const groqDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.groq;

/** Models that hold an answer to a schema (https://console.groq.com/docs/structured-outputs). */
const TAKES_SCHEMA = /^(?:openai\/gpt-oss-|moonshotai\/kimi-k2|meta-llama\/llama-4-)/;

/**
 * Groq, with what it documents as other than OpenAI's (https://console.groq.com/docs/openai). Reasoning is asked for by
 * `providerOptions.groq` (`reasoning_effort`, `reasoning_format`).
 * @throws Error that names the setting at fault.
 */
export function createProvider(settings: ProviderSettings): Provider {
  const provider = createOpenAiProvider(settings, {
    defaultBaseURL: 'https://api.groq.com/openai/v1',
    maxTokensParameter: () => 'max_completion_tokens',
    parts: ['text', 'image_url'],
    takesSchema: (model) => TAKES_SCHEMA.test(model),
    // Taken, but not acted on by any of its models.
    ignoredFields: ['frequencyPenalty', 'presencePenalty'],
    refusedOptions: ['logprobs', 'top_logprobs', 'logit_bias', 'frequency_penalty', 'presence_penalty'],
    // Searches and runs of code, which are charged beside the tokens.
    guardedOptions: ['compound_custom', 'search_settings'],
  });
  return withoutMethods(provider, 'embed', 'image');
}
