import { type AuthKind, CallTimeoutError, ProviderError } from '@switchyard/contract';
import { scrub } from '../scrub.js';
import { type KeyPlace } from './credential.js';

/** A token as it was fetched. */
export interface Token {
  /** A secret. */
  readonly text: string;
  /** How long it holds from its arrival on, in milliseconds; undefined where its service did not say. */
  readonly lifetimeMs: number | undefined;
  /** Sent beside it. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where tokens come from: one fetch is one try. */
export interface TokenSource {
  readonly kind: AuthKind;
  /** Where its tokens go in a call to the vendor. */
  readonly place: KeyPlace;
  /** @throws ProviderError `authentication` when it is refused, `network` for all else, both with `reachedVendor: false`. */
  fetch(signal: AbortSignal): Promise<Token>;
  /** Texts that no message may repeat, beside the tokens. */
  secrets(): readonly string[];
  close(): Promise<void>;
}

/** What a token service says of a refusal, by RFC 6749 §5.2. */
interface Refusal {
  readonly status: number;
  readonly error?: unknown;
  readonly description?: unknown;
  readonly retryAfterSeconds?: number | undefined;
}

/** Statuses with which a service says that it, and not the request, is at fault for now. */
const PASSING = [408, 425, 429];

/**
 * An answer without a token.
 * @param place the setting to check, `providers.<name>.auth`.
 */
export function refusedToken(refusal: Refusal, place: string, secrets: readonly string[]): ProviderError {
  const { status, error, description, retryAfterSeconds } = refusal;
  const said = [error, description].flatMap((word) => (typeof word === 'string' ? (scrub(word, secrets) ?? []) : []));
  const words = said.length > 0 ? ` (${said.join(': ')})` : '';
  if (status >= 500 || PASSING.includes(status)) {
    const message = `The token service of ${place} answered ${status}${words}.`;
    return unsent('network', message, retryAfterSeconds);
  }
  return unsent('authentication', `The token service of ${place} refused a token with ${status}${words}.`);
}

/** An answer of success that holds no token. */
export function unreadableToken(place: string, who = 'The token service'): ProviderError {
  return unsent('network', `${who} gave no token for ${place}.`);
}

/** What the settings name cannot be used; waiting does not mend it. */
export function unusableCredential(message: string): ProviderError {
  return unsent('authentication', message);
}

/**
 * A failure without an answer. Of its text nothing is passed on but what our own sockets say: errors of clients hold
 * the request with its secret.
 * @returns undefined for what is none.
 */
export function unreachedService(error: unknown, place: string): ProviderError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof CallTimeoutError) {
      const limit = `${cause.limit}: ${cause.milliseconds} ms`;
      return unsent('network', `The token service of ${place} did not answer in time (${limit}).`);
    }
    if (cause instanceof ProviderError) {
      const reason = cause.message.replace(/^The provider|the provider/, 'the token service');
      return unsent('network', `No token for ${place}: ${reason}`);
    }
    const code: unknown = 'code' in cause ? cause.code : undefined;
    if (typeof code === 'string' && SOCKET_CODE.test(code)) {
      return unsent('network', `The token service of ${place} could not be reached (${code}).`);
    }
  }
  return undefined;
}

/** Of Node's sockets and resolver, and of its aborts. */
const SOCKET_CODE = /^(?:E(?:CONN|HOST|NET|PIPE|AI_|TIMEDOUT|NOTFOUND)[A-Z_]*|UND_ERR_[A-Z_]+|ABORT_ERR)$/;

function unsent(code: 'network' | 'authentication', message: string, retryAfterSeconds?: number): ProviderError {
  return new ProviderError(code, message, {
    reachedVendor: false,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}
