import { type Provider, type ProviderSettings } from '@switchyard/contract';
import { createOpenAiProvider } from '@switchyard/provider-kit/openai';

export function createHostedProvider(settings: ProviderSettings): Provider {
  return createOpenAiProvider(settings, {});
}
