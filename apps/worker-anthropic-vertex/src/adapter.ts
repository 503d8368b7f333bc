import {
  PROVIDER_DESCRIPTIONS,
  type Provider,
  type ProviderDescription,
  type ProviderSettings,
} from '@switchyard/contract';
import { createAnthropicProvider } from '@switchyard/provider-kit/anthropic';
import { pathSegment, PUBLISHER_MODELS } from './publisher-models.js';

/** What Anthropic's models on Vertex AI can be asked for. */
export const anthropicVertexDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.anthropic_vertex;

const DEFAULT_REGION = 'us-east5';

/** Locations of several regions have hosts of their own; `global` has the one without a region. */
const HOSTS: Readonly<Record<string, string>> = {
  global: 'aiplatform.googleapis.com',
  us: 'aiplatform.us.rep.googleapis.com',
  eu: 'aiplatform.eu.rep.googleapis.com',
};

/**
 * Claude through Google's Vertex AI: Anthropic's dialect, with the model in the path and the version of the API in the
 * body (https://platform.claude.com/docs/en/build-with-claude/claude-models-on-google-cloud/google-managed). Options:
 * `project` and `region` (default `us-east5`). Without `auth`, a key or another `baseURL`, tokens are Google's as the
 * machine has them.
 * @throws Error that names the setting at fault.
 */
export function createProvider(settings: ProviderSettings): Provider {
  const project = readPlace(settings, 'project', undefined);
  const region = readPlace(settings, 'region', DEFAULT_REGION);
  const publisher = `/v1/projects/${project}/locations/${region}/publishers/anthropic`;
  return createAnthropicProvider(withTokens(settings), {
    defaultBaseURL: `https://${HOSTS[region] ?? `${region}-aiplatform.googleapis.com`}/v1`,
    versionInBody: 'vertex-2023-10-16',
    takesImageUrls: false,
    messagesPath: (model, isStream) =>
      `${publisher}/models/${pathSegment(model)}:${isStream ? 'streamRawPredict' : 'rawPredict'}`,
    models: PUBLISHER_MODELS,
  });
}

function withTokens(settings: ProviderSettings): ProviderSettings {
  const { apiKey, baseURL, options } = settings;
  const isSaid = ['auth', 'keys'].some((option) => options[option] !== undefined);
  if (apiKey || baseURL !== undefined || isSaid) return settings;
  return { ...settings, options: { ...options, auth: { kind: 'google' } } };
}

function readPlace({ name, options }: ProviderSettings, option: string, otherwise: string | undefined): string {
  const value = options[option] ?? otherwise;
  if (value === undefined)
    throw new Error(`providers.${name}.${option} is missing; set it to the Google Cloud project.`);
  if (typeof value === 'string' && /^[a-z0-9][\w:.-]*$/.test(value)) return value;
  throw new Error(`providers.${name}.${option} is no name of a ${option}; copy it from the Google Cloud console.`);
}
