import { type ProviderSettings } from '@switchyard/contract';
import { type GoogleCloudPlace, missingProject, readGoogleCloudPlace } from '@switchyard/provider-kit';

const STANDARD_REGION = 'us-central1';
/** Where express mode is: it knows no region. */
const EXPRESS_REGION = 'global';

/** Where the API of one provider is, and where its models stand in it. */
export interface Resources extends Pick<GoogleCloudPlace, 'host'> {
  /** `projects/<project>/locations/<region>`; absent in express mode, which knows neither. */
  readonly location?: string;
}

/**
 * Reads `region` (`us-central1` unless given) and `project` of the provider's block. A key alone, without a project, is
 * Vertex AI's express mode.
 * @throws Error that names the setting at fault.
 */
export function readResources(settings: ProviderSettings): Resources {
  const { apiKey, options } = settings;
  const { project, region, host } = readGoogleCloudPlace(settings, STANDARD_REGION);
  if (project !== undefined) return { host, location: `projects/${project}/locations/${region}` };
  const hasKeyAlone = (Boolean(apiKey) || options['keys'] !== undefined) && options['auth'] === undefined;
  if (!hasKeyAlone) throw missingProject(settings);
  const { host: expressHost } = readGoogleCloudPlace({ ...settings, options: {} }, EXPRESS_REGION);
  return { host: expressHost };
}
