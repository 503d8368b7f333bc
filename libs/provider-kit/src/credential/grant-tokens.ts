import { type ProviderSettings } from '@switchyard/contract';
import { isObject, parseJson } from '../json.js';
import { parseRetryAfter } from '../retry-after.js';
import { type ClientCredentialsGrant } from './client-credentials.js';
import { openTokenFetch } from './token-fetch.js';
import { refusedToken, type Token, type TokenSource, unreachedService, unreadableToken } from './token-source.js';

/** Tokens by a client-credentials grant. */
export function openGrantTokens(grant: ClientCredentialsGrant, settings: ProviderSettings): TokenSource {
  const { kind, place, tokenUrl, clientId, clientSecret, clientAuthentication, parameters } = grant;
  const setting = `providers.${settings.name}.auth`;
  const service = openTokenFetch(settings);
  const secrets = [clientSecret, encodeURIComponent(clientSecret), basicOf(clientId, clientSecret)];

  async function request(signal: AbortSignal): Promise<Response> {
    const oauth = await import('oauth4webapi');
    const authenticate =
      clientAuthentication === 'basic' ? oauth.ClientSecretBasic(clientSecret) : oauth.ClientSecretPost(clientSecret);
    const server = { issuer: tokenUrl, token_endpoint: tokenUrl };
    return oauth.clientCredentialsGrantRequest(
      server,
      { client_id: clientId },
      authenticate,
      { ...parameters },
      {
        signal,
        [oauth.customFetch]: service.fetch,
        // Plain http where the operator's own file asks for it, as for a service on loopback.
        [oauth.allowInsecureRequests]: true,
      },
    );
  }

  return {
    kind,
    place,
    async fetch(signal) {
      let response: Response;
      try {
        response = await request(signal);
      } catch (error) {
        throw unreachedService(error, setting) ?? error;
      }
      const body = parseJson(await response.text());
      if (response.ok) return readToken(body, setting);
      const { error, error_description: description } = isObject(body) ? body : {};
      const retryAfterSeconds = parseRetryAfter(response.headers);
      throw refusedToken({ status: response.status, error, description, retryAfterSeconds }, setting, secrets);
    },
    secrets: () => secrets,
    close: () => service.close(),
  };
}

/** What goes into a header must be visible; a token with a line break in it would forge another. */
const VISIBLE = /^[\x21-\x7e]+$/;

/** RFC 6749 §5.1, read for what is needed: services leave out `token_type`, and write numbers as text. */
function readToken(body: unknown, setting: string): Token {
  if (!isObject(body)) throw unreadableToken(setting);
  const { access_token: text, expires_in: seconds } = body;
  if (typeof text !== 'string' || !VISIBLE.test(text)) throw unreadableToken(setting);
  const lifetimeMs = Number(seconds) * 1_000;
  const said = (typeof seconds === 'number' || typeof seconds === 'string') && lifetimeMs >= 0;
  return { text, lifetimeMs: said ? Math.min(lifetimeMs, LONGEST_LIFETIME_MS) : undefined };
}

/** No clock is trusted for longer, in milliseconds. */
const LONGEST_LIFETIME_MS = 24 * 3_600_000;

function basicOf(clientId: string, clientSecret: string): string {
  return Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64');
}
