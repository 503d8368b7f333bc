import { type ProviderSettings } from '@switchyard/contract';
import { isObject } from '@switchyard/provider-kit';

/** A model of Azure OpenAI as somebody has deployed it, under a name of their choice. */
export interface Deployment {
  /** Absent: each call's own model names it. */
  readonly name?: string;
  /** Where its resource is, without a path or a slash at the end. */
  readonly resource: string;
  /** Its own key. Default the provider's. */
  readonly apiKey?: string;
  readonly weight: number;
  /** Where it stands in the configuration. */
  readonly place: string;
}

/** `v1` has its model in the body and no version; a dated one has its deployment in the path, and its version always. */
export type ApiVersion =
  | { readonly kind: 'v1'; readonly query: '' | '?api-version=preview' }
  | { readonly kind: 'dated'; readonly date: string };

/** @throws Error that names the setting at fault. */
export function readApiVersion({ name, options: { apiVersion } }: ProviderSettings): ApiVersion {
  if (apiVersion === undefined || apiVersion === 'v1') return { kind: 'v1', query: '' };
  if (apiVersion === 'preview') return { kind: 'v1', query: '?api-version=preview' };
  if (typeof apiVersion === 'string' && /^20\d\d-\d\d-\d\d(?:-preview)?$/.test(apiVersion)) {
    return { kind: 'dated', date: apiVersion };
  }
  throw new Error(
    `providers.${name}.apiVersion is no version of Azure's API; write a date such as 2024-10-21, or leave it out for v1.`,
  );
}

/** @returns at least one. @throws Error that names the setting at fault. */
export function readDeployments(settings: ProviderSettings): readonly [Deployment, ...Deployment[]] {
  const { name, baseURL, options } = settings;
  const place = `providers.${name}`;
  if (Array.isArray(options['deployments'])) {
    const [first, ...rest] = options['deployments'].map((given: unknown, index) =>
      readDeployment(given, `${place}.deployments[${index}]`),
    );
    if (first) return [first, ...rest];
  }
  const deployment = options['deployment'];
  if (deployment !== undefined && (typeof deployment !== 'string' || deployment === '')) {
    throw new Error(`${place}.deployment is no name; write that of the deployment.`);
  }
  const resource = readResource(baseURL ?? options['endpoint'], `${place}.endpoint`);
  return [{ ...(deployment !== undefined && { name: deployment }), resource, weight: 1, place }];
}

function readDeployment(given: unknown, place: string): Deployment {
  const { name, endpoint, apiKey, weight = 1 } = isObject(given) ? given : {};
  if (typeof name !== 'string' || name === '')
    throw new Error(`${place}.name is missing; write that of the deployment.`);
  if (typeof weight !== 'number' || !(weight > 0)) throw new Error(`${place}.weight must be a number above 0.`);
  if (apiKey !== undefined && typeof apiKey !== 'string') throw new Error(`${place}.apiKey must be text.`);
  return { name, resource: readResource(endpoint, `${place}.endpoint`), ...(apiKey && { apiKey }), weight, place };
}

function readResource(endpoint: unknown, place: string): string {
  const example = 'write it like https://<resource>.openai.azure.com';
  if (endpoint === undefined) throw new Error(`${place} is missing; ${example}.`);
  const url = typeof endpoint === 'string' ? URL.parse(endpoint) : null;
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error(`${place} is not an http or https URL; ${example}.`);
  if (url.search !== '' || url.pathname.includes('/deployments/')) {
    throw new Error(
      `${place} is the address of one call; ${example}, and set deployment and apiVersion apart from it.`,
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/openai(?:\/v1)?$/, '');
}
