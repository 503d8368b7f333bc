import { type AuthKind, type ProviderAuth, type ProviderSettings } from '@switchyard/contract';
import { azureGrant, clientCredentialsGrant } from './client-credentials.js';
import { openGoogleTokens } from './google-tokens.js';
import { openKeyCredential } from './key-credential.js';
import { type AuthBlock, readAuthBlock } from './auth-block.js';
import { openGrantTokens } from './grant-tokens.js';
import { TokenCredential } from './token-credential.js';
import { type TokenSource } from './token-source.js';

/** What authorizes one call. Nothing of it appears in a log, an error or an answer. */
export interface Authorization {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The vendor took the call. */
  accepted(): void;
  /**
   * The vendor refused the call for its authorization (401): a token at hand is not used again.
   * @returns why another try may succeed, in words for the user; undefined where none would.
   */
  refused(): string | undefined;
}

/** How the calls of one provider are authorized. */
export interface Credential extends ProviderAuth {
  readonly kind: AuthKind;
  /**
   * Authorizes a call made now. Fetches a token where none is fresh, once however many calls wait for it.
   * @throws ProviderError `authentication` or `network`, with `reachedVendor: false`; the signal's reason on abort.
   */
  authorize(signal: AbortSignal): Authorization | Promise<Authorization>;
  /** Texts that no message may repeat. */
  secrets(): readonly string[];
  /** Closes its sockets; no call follows. */
  close(): Promise<void>;
}

/** Where a kind of provider takes its key. */
export interface KeyPlace {
  /** In lower case. */
  readonly header: string;
  /** Stands before the key, as `Bearer ` does. Default nothing. */
  readonly prefix?: string;
  /** What is sent for a key instead, a scheme and a word. */
  readonly write?: (key: string) => string;
}

/** RFC 6750, and what most vendors ask for. */
const BEARER: KeyPlace = { header: 'authorization', prefix: 'Bearer ' };

/**
 * Opens the credential that the settings ask for: tokens where they have `auth`, else their key or keys, else none.
 * @param place of a key; a token goes where its block says, into `authorization` unless it does.
 * @throws Error that names the setting at fault and its mend.
 */
export function openCredential(settings: ProviderSettings, place: KeyPlace = BEARER): Credential {
  const block = readAuthBlock(settings);
  if (!block) return openKeyCredential(settings, place);
  return new TokenCredential(openTokens(block, settings), settings.name);
}

function openTokens(block: AuthBlock, settings: ProviderSettings): TokenSource {
  switch (block.kind) {
    case 'oauth2_client_credentials':
      return openGrantTokens(clientCredentialsGrant(block), settings);
    case 'azure_ad':
      return openGrantTokens(azureGrant(block), settings);
    case 'google':
      return openGoogleTokens(block, settings);
  }
}
