import { type ProviderAuth, type ProviderSettings } from '@switchyard/contract';
import { openKeyCredential } from './key-credential.js';

/** How the calls of one provider are authorized. Nothing of it appears in a log, an error or an answer. */
export interface Credential extends ProviderAuth {
  /**
   * The headers that authorize a call made now, with names in lower case. Fetches a token where none is fresh, once
   * however many calls wait for it.
   * @throws ProviderError `authentication` or `network`, with `reachedVendor: false`; the signal's reason on abort.
   */
  headers(signal: AbortSignal): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** The vendor refused a call that was authorized so (401): a token at hand is not used again. */
  refused(): void;
  /** The vendor took a call that was authorized so. */
  accepted(): void;
  /** Texts that no message may repeat. */
  secrets(): readonly string[];
}

/** Where a kind of provider takes its key. */
export interface KeyPlace {
  /** In lower case. */
  readonly header: string;
  /** Stands before the key, as `Bearer ` does. Default nothing. */
  readonly prefix?: string;
}

/** RFC 6750, and what most vendors ask for. */
const BEARER: KeyPlace = { header: 'authorization', prefix: 'Bearer ' };

/**
 * Opens the credential that the settings ask for: tokens where they have `auth`, else the key, else none.
 * @throws Error that names the setting at fault and its mend.
 */
export function openCredential(settings: ProviderSettings, place: KeyPlace = BEARER): Credential {
  return openKeyCredential(settings, place);
}
