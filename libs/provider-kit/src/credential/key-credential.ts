import { type AuthStatus, ProviderError, type ProviderSettings } from '@switchyard/contract';
import { type Credential, type KeyPlace } from './credential.js';

/** A key that goes with every call as it is, or no key at all. */
export function openKeyCredential({ name, apiKey }: ProviderSettings, place: KeyPlace): Credential {
  if (apiKey && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new Error(`providers.${name}.apiKey holds a character that no key has; look for a space or a line break.`);
  }
  const kind = apiKey ? 'api_key' : 'none';
  const headers = apiKey ? { [place.header]: `${place.prefix ?? ''}${apiKey}` } : {};
  const secrets = apiKey ? [apiKey] : [];
  let status: AuthStatus['status'] = apiKey ? 'unknown' : 'valid';
  return {
    headers: () => headers,
    refused: () => {
      status = 'invalid';
    },
    accepted: () => {
      status = 'valid';
    },
    secrets: () => secrets,
    status: () => ({
      kind,
      status,
      expiresAt: null,
      ...(status === 'invalid' && { reason: `The provider refused the key; check providers.${name}.apiKey.` }),
    }),
    validate: async (signal) => {
      signal.throwIfAborted();
      if (status === 'invalid') {
        throw new ProviderError('authentication', `The provider refused the key; check providers.${name}.apiKey.`);
      }
      return { kind, length: apiKey?.length ?? 0, expiresAt: null };
    },
  };
}
