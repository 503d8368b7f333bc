import { type ProviderSettings } from '@switchyard/contract';

const STANDARD_REGION = 'us-central1';

/** Regions of several countries, which have hosts of their own kind. */
const MULTI_REGIONS: readonly string[] = ['us', 'eu'];

/** As Google forms them: both become part of an address. Older projects stand below a domain (`example.com:yard`). */
const REGION = /^[a-z][a-z0-9-]{1,62}$/;
const PROJECT = /^[a-z0-9][a-z0-9.:-]{1,128}$/;

/** Where the API of one provider is, and where its models stand in it. */
export interface Resources {
  /** Without a path. */
  readonly host: string;
  /** `projects/<project>/locations/<region>`; absent in express mode, which knows neither. */
  readonly location?: string;
}

/**
 * Reads `region` (`us-central1` unless given) and `project` of the provider's block. A key alone, without a project, is
 * Vertex AI's express mode.
 * @throws Error that names the setting at fault.
 */
export function readResources(settings: ProviderSettings): Resources {
  const { name, options } = settings;
  const { region = STANDARD_REGION, project } = options;
  if (typeof region !== 'string' || !REGION.test(region)) {
    throw new Error(`providers.${name}.region is no region of Google Cloud; write one like us-central1, or global.`);
  }
  if (project === undefined && (!hasKey(settings) || options['auth'] !== undefined)) {
    throw new Error(`providers.${name}.project is missing; set it to the id of the Google Cloud project that pays.`);
  }
  if (project === undefined) return { host: hostOf('global') };
  if (typeof project !== 'string' || !PROJECT.test(project)) {
    throw new Error(`providers.${name}.project is no id of a Google Cloud project; copy it from the console.`);
  }
  return { host: hostOf(region), location: `projects/${project}/locations/${region}` };
}

/** Google itself is asked with tokens, as the machine has them, unless the settings say something else. */
export function withTokens(settings: ProviderSettings): ProviderSettings {
  const { baseURL, options } = settings;
  if (hasKey(settings) || baseURL !== undefined || options['auth'] !== undefined) return settings;
  return { ...settings, options: { ...options, auth: { kind: 'google' } } };
}

function hasKey({ apiKey, options }: ProviderSettings): boolean {
  return Boolean(apiKey) || options['keys'] !== undefined;
}

function hostOf(region: string): string {
  if (region === 'global') return 'https://aiplatform.googleapis.com';
  if (MULTI_REGIONS.includes(region)) return `https://aiplatform.${region}.rep.googleapis.com`;
  return `https://${region}-aiplatform.googleapis.com`;
}
