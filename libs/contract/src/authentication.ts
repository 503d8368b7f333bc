/** How calls to a provider are authorized. `none` is a provider that asks for nothing. */
export const AUTH_KINDS = ['none', 'api_key', 'oauth2_client_credentials', 'google', 'azure_ad'] as const;
export type AuthKind = (typeof AUTH_KINDS)[number];

/** What is known of a provider's authorization without asking anybody. Holds nothing secret. */
export interface AuthStatus {
  readonly kind: AuthKind;
  /** `unknown` until a token was fetched or the vendor took the key; `invalid` once either was refused. */
  readonly status: 'valid' | 'invalid' | 'unknown';
  /** When the token at hand expires (ISO 8601); null where there is none, or it does not expire. */
  readonly expiresAt: string | null;
  /** Why it is invalid, and the mend. */
  readonly reason?: string;
}

/** What a fresh token is like. Never the token. */
export interface TokenReport {
  readonly kind: AuthKind;
  /** Characters. 0 where there is nothing to send. */
  readonly length: number;
  readonly expiresAt: string | null;
}

/** The authorization of one provider in one process. */
export interface ProviderAuth {
  status(): AuthStatus;
  /**
   * Fetches a fresh token, past any cache; a key is only looked at.
   * @throws ProviderError `authentication` when it is refused, `network` when the token service cannot be reached.
   */
  validate(signal: AbortSignal): Promise<TokenReport>;
}
