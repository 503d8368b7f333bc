import {
  PROVIDER_DESCRIPTIONS,
  type Provider,
  type ProviderDescription,
  type ProviderSettings,
} from '@switchyard/contract';
import { createAnthropicProvider } from '@switchyard/provider-kit/anthropic';

/** What Anthropic's models can be asked for. */
export const anthropicDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.anthropic;

/**
 * Anthropic, or whatever speaks its dialect at `baseURL`.
 * @throws Error that names the setting at fault.
 */
export function createProvider(settings: ProviderSettings): Provider {
  return createAnthropicProvider(settings, {
    defaultBaseURL: 'https://api.anthropic.com/v1',
    keyPlace: { header: 'x-api-key' },
  });
}
