import { readFile } from 'node:fs/promises';
import { type ProviderSettings } from '@switchyard/contract';
import type * as library from 'google-auth-library';
import { type Fetch } from '../connection/vendor-connection.js';
import { isObject, type JsonObject, parseJson } from '../json.js';
import { type GoogleBlock } from './auth-block.js';
import { openTokenFetch } from './token-fetch.js';
import {
  refusedToken,
  type Token,
  type TokenSource,
  unreachedService,
  unreadableToken,
  unusableCredential,
} from './token-source.js';

/** Loaded by whoever uses it: no other worker pays for it. */
type GoogleLibrary = typeof library;
type GoogleClient = library.AuthClient;

/** Everything that the account may do. */
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** Where the library sends the assertion of a service account, whatever its file says. */
const LIBRARY_TOKEN_URL = 'https://oauth2.googleapis.com/token';
/** The project is the adapter's matter; without one here, the library would run gcloud to find it. */
const NO_PROJECT = 'unspecified';

/**
 * Tokens of Google: of a credentials file, of the metadata server, or of the application default credentials, workload
 * identity among them. The library finds and signs; its requests go over our own sockets, once each. The metadata server
 * it asks by itself.
 */
export function openGoogleTokens(block: GoogleBlock, settings: ProviderSettings): TokenSource {
  const place = `providers.${settings.name}.auth`;
  const service = openTokenFetch(settings);
  let secrets: readonly string[] = [];
  const scopes = (block.scope ?? SCOPE).split(/\s+/);

  /** A client of its own for each fetch, so that none answers from a cache. */
  async function openClient(file: CredentialsFile | undefined): Promise<GoogleClient> {
    const google = await import('google-auth-library');
    if (block.useMetadata) return new google.Compute({ scopes });
    if (file?.account) return serviceAccount(google, file.account);
    const auth = new google.GoogleAuth({
      scopes,
      projectId: NO_PROJECT,
      clientOptions: { transporter: onceOnly(google, service.fetch) },
      // Without a file of its own: whatever the surroundings of the process offer.
      ...(file && { credentials: file.content }),
    });
    return await auth.getClient();
  }

  /** The library has one address for the tokens of accounts; a file may name another. */
  function serviceAccount(google: GoogleLibrary, { email, key, keyId, tokenUrl }: ServiceAccount): GoogleClient {
    const fetch: Fetch = (input, init) =>
      service.fetch(addressOf(input) === LIBRARY_TOKEN_URL ? tokenUrl : input, init);
    return new google.JWT({
      email,
      key,
      scopes,
      transporter: onceOnly(google, fetch),
      additionalClaims: { aud: tokenUrl },
      ...(keyId !== undefined && { keyId }),
    });
  }

  return {
    kind: 'google',
    place: { header: 'authorization', prefix: 'Bearer ' },
    async fetch() {
      // Anew each time: keys in files are rotated.
      const { credentialsFile } = block;
      const file = credentialsFile === undefined ? undefined : await readCredentials(credentialsFile, place);
      secrets = file?.secrets ?? [];
      let client: GoogleClient;
      let token: string | null | undefined;
      try {
        client = await openClient(file);
        ({ token } = await client.getAccessToken());
      } catch (error) {
        throw toFailure(error, block, place, secrets);
      }
      if (!token) throw unreadableToken(place);
      return readToken(client, token);
    },
    secrets: () => secrets,
    close: () => service.close(),
  };
}

/** Of a file of the type `service_account`. */
interface ServiceAccount {
  readonly email: string;
  readonly key: string;
  readonly keyId: string | undefined;
  readonly tokenUrl: string;
}

interface CredentialsFile {
  readonly content: JsonObject;
  /** Undefined: of another type, which the library reads by itself. */
  readonly account: ServiceAccount | undefined;
  readonly secrets: readonly string[];
}

const SECRET_FIELDS = ['private_key', 'client_secret', 'refresh_token'];

/** @throws ProviderError for what is no file of credentials; of its content nothing is repeated. */
async function readCredentials(path: string, place: string): Promise<CredentialsFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw unusableCredential(`${place}.credentialsFile: ${path} cannot be read (${code}); put the file there.`);
  }
  const content = parseJson(text);
  if (!isObject(content) || typeof content['type'] !== 'string') {
    throw unusableCredential(`${place}.credentialsFile: ${path} holds no credentials of Google; download it again.`);
  }
  const secrets = SECRET_FIELDS.map((field) => content[field]).filter((value) => typeof value === 'string');
  if (content['type'] !== 'service_account') return { content, account: undefined, secrets };
  const { client_email: email, private_key: key, private_key_id: keyId, token_uri: tokenUrl } = content;
  if (typeof email !== 'string' || typeof key !== 'string') {
    throw unusableCredential(`${place}.credentialsFile: ${path} lacks client_email or private_key; download it again.`);
  }
  const account = {
    email,
    key,
    keyId: typeof keyId === 'string' ? keyId : undefined,
    tokenUrl: typeof tokenUrl === 'string' ? tokenUrl : LIBRARY_TOKEN_URL,
  };
  return { content, account, secrets };
}

function addressOf(input: string | URL | Request): string {
  return input instanceof Request ? input.url : String(input);
}

/** The library's way to send, without its retries: how often a call is tried is not its matter. */
function onceOnly(google: GoogleLibrary, fetch: Fetch): library.gaxios.Gaxios {
  class OnceOnly extends google.gaxios.Gaxios {
    override request<Data>(...[options]: Parameters<library.gaxios.Gaxios['request']>) {
      return super.request<Data>({ ...options, fetchImplementation: fetch, retry: false, retryConfig: { retry: 0 } });
    }
  }
  return new OnceOnly();
}

function readToken({ credentials, quotaProjectId }: GoogleClient, text: string): Token {
  const { expiry_date: expiresAt } = credentials;
  return {
    text,
    lifetimeMs: typeof expiresAt === 'number' ? Math.max(expiresAt - Date.now(), 0) : undefined,
    ...(quotaProjectId !== undefined && { headers: { 'x-goog-user-project': quotaProjectId } }),
  };
}

/** Errors of the library hold the request with its assertion; nothing of them is passed on but what is known to be harmless. */
function toFailure(error: unknown, block: GoogleBlock, place: string, secrets: readonly string[]): unknown {
  if (isObject(error) && isObject(error['response'])) {
    const { status, data } = error['response'];
    const { error: word, error_description: description } = isObject(data) ? data : {};
    if (typeof status === 'number' && status >= 300) {
      return refusedToken({ status, error: word, description }, place, secrets);
    }
    return unreadableToken(place);
  }
  const known = unreachedService(error, place);
  if (known) return known;
  if (block.useMetadata) return unreadableToken(place, 'The metadata server, which stands on Google Cloud only,');
  return block.credentialsFile === undefined
    ? unusableCredential(`${place}: no application default credentials were found; set credentialsFile or useMetadata.`)
    : unusableCredential(`${place}.credentialsFile cannot be used to ask for a token; download it again.`);
}
