import {
  PROVIDER_DESCRIPTIONS,
  type Provider,
  type ProviderDescription,
  type ProviderSettings,
} from '@switchyard/contract';
import { createOpenAiProvider } from '@switchyard/provider-kit/openai';

/** What OpenAI's models can be asked for. */
export const openAiDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.openai;

/** OpenAI's own headers, and the options of the provider's block that fill them. */
const HEADER_OF_OPTION = { organization: 'openai-organization', project: 'openai-project' } as const;

/**
 * OpenAI, or whatever speaks its dialect at `baseURL`. Options: `organization` and `project`, the ids by which OpenAI
 * bills a key of several.
 * @throws Error that names the setting at fault.
 */
export function createProvider(settings: ProviderSettings): Provider {
  const headers: Record<string, string> = {};
  for (const [option, header] of Object.entries(HEADER_OF_OPTION)) {
    const value = settings.options[option];
    if (value === undefined) continue;
    if (typeof value !== 'string' || !/^[\w-]+$/.test(value)) {
      throw new Error(`providers.${settings.name}.${option} is no id of OpenAI; copy it from the account's settings.`);
    }
    headers[header] = value;
  }
  return createOpenAiProvider(settings, {
    defaultBaseURL: 'https://api.openai.com/v1',
    embeddingEncoding: 'base64',
    headers,
  });
}
