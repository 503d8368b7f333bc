import { type ProviderSettings } from '@switchyard/contract';
import { isObject, type JsonObject } from '../json.js';

/** `auth: { kind: oauth2_client_credentials }` of a provider. */
export interface ClientCredentialsBlock {
  readonly kind: 'oauth2_client_credentials';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string;
  readonly audience?: string;
  /** Where the token goes. Default `authorization`. */
  readonly header?: string;
  /** Where the client's id and secret go: into the form, or into a header. Default `post`. */
  readonly clientAuthentication: 'post' | 'basic';
}

/** `auth: { kind: azure_ad }` of a provider. */
export interface AzureBlock {
  readonly kind: 'azure_ad';
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string;
  /** Of another cloud than Azure's public one. Default `https://login.microsoftonline.com`. */
  readonly authority?: string;
}

/** `auth: { kind: google }` of a provider. Without file and metadata server: application default credentials. */
export interface GoogleBlock {
  readonly kind: 'google';
  readonly credentialsFile?: string;
  readonly useMetadata: boolean;
  readonly scope?: string;
}

export type AuthBlock = ClientCredentialsBlock | AzureBlock | GoogleBlock;

/**
 * Reads `auth` of a provider's block.
 * @returns undefined where there is none.
 * @throws Error that names the setting at fault and its mend.
 */
export function readAuthBlock({ name, options }: ProviderSettings): AuthBlock | undefined {
  const given = options['auth'];
  if (given === undefined) return undefined;
  const place = `providers.${name}.auth`;
  if (!isObject(given)) throw new Error(`${place} is no map; give it a kind and what that kind needs.`);
  const text = (key: string): string | undefined => optionalText(given, key, place);
  const needed = (key: string): string => {
    const value = text(key);
    if (value === undefined) throw new Error(`${place}.${key} is missing.`);
    return value;
  };
  const said = (key: string): Record<string, string> => {
    const value = text(key);
    return value === undefined ? {} : { [key]: value };
  };
  const kind = needed('kind');
  switch (kind) {
    case 'oauth2_client_credentials':
      return {
        kind,
        tokenUrl: needed('tokenUrl'),
        clientId: needed('clientId'),
        clientSecret: needed('clientSecret'),
        clientAuthentication: text('clientAuthentication') === 'basic' ? 'basic' : 'post',
        ...said('scope'),
        ...said('audience'),
        ...said('header'),
      };
    case 'azure_ad':
      return {
        kind,
        tenantId: needed('tenantId'),
        clientId: needed('clientId'),
        clientSecret: needed('clientSecret'),
        ...said('scope'),
        ...said('authority'),
      };
    case 'google':
      return { kind, useMetadata: given['useMetadata'] === true, ...said('credentialsFile'), ...said('scope') };
    default:
      throw new Error(`${place}.kind is "${kind}"; set it to oauth2_client_credentials, google or azure_ad.`);
  }
}

function optionalText(block: JsonObject, key: string, place: string): string | undefined {
  const value = block[key];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`${place}.${key} is no text.`);
}
