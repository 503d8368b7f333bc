import {
  PROVIDER_DESCRIPTIONS,
  type Provider,
  type ProviderDescription,
  type ProviderSettings,
} from '@switchyard/contract';
import { missingProject, readGoogleCloudPlace, withGoogleTokens } from '@switchyard/provider-kit';
import { createAnthropicProvider } from '@switchyard/provider-kit/anthropic';
import { pathSegment, PUBLISHER_MODELS } from './publisher-models.js';

/** What Anthropic's models on Vertex AI can be asked for. */
export const anthropicVertexDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.anthropic_vertex;

const DEFAULT_REGION = 'us-east5';

/**
 * Claude through Google's Vertex AI: Anthropic's dialect, with the model in the path and the version of the API in the
 * body (https://platform.claude.com/docs/en/build-with-claude/claude-models-on-google-cloud/google-managed). Options:
 * `project` and `region` (default `us-east5`). Without `auth`, a key or another `baseURL`, tokens are Google's as the
 * machine has them.
 * @throws Error that names the setting at fault.
 */
export function createProvider(settings: ProviderSettings): Provider {
  const { project, region, host } = readGoogleCloudPlace(settings, DEFAULT_REGION);
  if (project === undefined) throw missingProject(settings);
  const publisher = `/v1/projects/${project}/locations/${region}/publishers/anthropic`;
  return createAnthropicProvider(withGoogleTokens(settings), {
    defaultBaseURL: `${host}/v1`,
    versionInBody: 'vertex-2023-10-16',
    takesImageUrls: false,
    messagesPath: (model, isStream) =>
      `${publisher}/models/${pathSegment(model)}:${isStream ? 'streamRawPredict' : 'rawPredict'}`,
    models: PUBLISHER_MODELS,
  });
}
