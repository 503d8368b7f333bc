import { type ProviderSettings } from '@switchyard/contract';

/** As Google forms them: both become part of an address. Older projects stand below a domain (`example.com:yard`). */
const FORMS = { region: /^[a-z][a-z0-9-]{1,62}$/, project: /^[a-z0-9][a-z0-9.:-]{1,128}$/ } as const;

/** Locations of several regions have hosts of their own; `global` has the one without a region. */
const HOSTS: Readonly<Record<string, string>> = {
  global: 'aiplatform.googleapis.com',
  us: 'aiplatform.us.rep.googleapis.com',
  eu: 'aiplatform.eu.rep.googleapis.com',
};

/** Where a provider's models are in Google Cloud. */
export interface GoogleCloudPlace {
  readonly region: string;
  /** Absent where the settings name none. */
  readonly project?: string;
  /** Of Vertex AI in that region, without a path. */
  readonly host: string;
}

/**
 * Reads `region` and `project` of a provider's block.
 * @throws Error that names the setting at fault.
 */
export function readGoogleCloudPlace(settings: ProviderSettings, standardRegion: string): GoogleCloudPlace {
  const region = readName(settings, 'region') ?? standardRegion;
  const project = readName(settings, 'project');
  return {
    region,
    ...(project !== undefined && { project }),
    host: `https://${HOSTS[region] ?? `${region}-aiplatform.googleapis.com`}`,
  };
}

function readName({ name, options }: ProviderSettings, option: keyof typeof FORMS): string | undefined {
  const value = options[option];
  if (value === undefined || (typeof value === 'string' && FORMS[option].test(value))) return value;
  throw new Error(`providers.${name}.${option} is no name of a ${option}; copy it from the Google Cloud console.`);
}

/** What is to be thrown where there must be a project. */
export function missingProject({ name }: ProviderSettings): Error {
  return new Error(`providers.${name}.project is missing; set it to the id of the Google Cloud project that pays.`);
}

/** Google itself is asked with tokens, as the machine has them, unless the settings say something else. */
export function withGoogleTokens(settings: ProviderSettings): ProviderSettings {
  const { apiKey, baseURL, options } = settings;
  const isSaid = ['auth', 'keys'].some((option) => options[option] !== undefined);
  if (apiKey || baseURL !== undefined || isSaid) return settings;
  return { ...settings, options: { ...options, auth: { kind: 'google' } } };
}
