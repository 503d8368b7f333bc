import {
  type AuthKind,
  type AuthStatus,
  CallTimeoutError,
  ProviderError,
  type TokenReport,
} from '@switchyard/contract';
import { type Authorization, type Credential } from './credential.js';
import { type Token, type TokenSource, unreachedService } from './token-source.js';

/** A fetch that takes longer fails, in milliseconds. */
const FETCH_LIMIT_MS = 15_000;
/** After a failed fetch its failure is answered for so long, in milliseconds: a service that is down is not hammered. */
const HOLD_OFF_MS = 1_000;
/** And for as long as the service asks, up to this. */
const LONGEST_HOLD_OFF_MS = 30_000;
/** A token whose service does not say how long it holds. The vendor's 401 ends it sooner. */
const UNSAID_LIFETIME_MS = 300_000;
/** Before its end, a token is not used any more: clocks differ, and a call is on its way for a while. */
const MARGIN_MS = 30_000;
/** Before its end, a token is replaced while calls still go with it, so that none has to wait. */
const EARLY_MS = 120_000;
/**
 * A token that the vendor took is thrown away when it is refused, but not again within this time: then it is not the
 * token that is at fault, and every call that is refused would fetch another.
 */
const TRUST_MS = 2_000;
/** A token that the vendor never took is replaced no sooner than this after its arrival, in milliseconds. */
const REPLACE_MS = 1_000;

const REVOKED = 'The provider no longer takes the token that it took before; the next try goes with a fresh one.';

/**
 * Calls that go with a token: fetched when it is needed, once for all who wait; kept until shortly before it expires.
 *
 * A 401 for a token that the vendor took before means that the token was revoked, or expired on the vendor's clock: it is
 * thrown away and the call may be tried again. For a token that the vendor never took, it means that the credential is
 * no good: the call fails for it.
 */
export class TokenCredential implements Credential {
  readonly kind: AuthKind;
  #current: IssuedToken | undefined;
  #previous: IssuedToken | undefined;
  #fetching: Promise<IssuedToken> | undefined;
  #failure: { readonly error: ProviderError; readonly until: number } | undefined;
  #refusedByVendor = false;
  #thrownAwayAt = -Infinity;

  /** @param provider The name of the provider, for messages. */
  constructor(
    private readonly source: TokenSource,
    private readonly provider: string,
  ) {
    this.kind = source.kind;
  }

  authorize(signal: AbortSignal): Authorization | Promise<Authorization> {
    const now = performance.now();
    const token = this.#current;
    if (token === undefined || now >= token.usableUntil) return waitFor(this.#fetchUnlessHeldOff(now), signal);
    // Whoever goes with the old one does not care whether the new one comes.
    if (now >= token.replacedFrom) this.#fetchUnlessHeldOff(now).catch(() => undefined);
    return token;
  }

  status(): AuthStatus {
    const token = this.#current;
    const usable = token !== undefined && performance.now() < token.usableUntil;
    const { kind } = this;
    const expiresAt = usable ? token.expiresAt : null;
    if (this.#refusedByVendor) return { kind, status: 'invalid', expiresAt, reason: this.#refusal() };
    if (usable) return { kind, status: 'valid', expiresAt };
    if (!this.#failure) return { kind, status: 'unknown', expiresAt };
    const { code, message } = this.#failure.error;
    return { kind, status: code === 'authentication' ? 'invalid' : 'unknown', expiresAt, reason: message };
  }

  async validate(signal: AbortSignal): Promise<TokenReport> {
    signal.throwIfAborted();
    const { length, expiresAt } = await waitFor(this.#fetch(), signal);
    return { kind: this.kind, length, expiresAt };
  }

  secrets(): readonly string[] {
    const tokens = [this.#current, this.#previous].flatMap((token) => (token ? [token.text] : []));
    return [...this.source.secrets(), ...tokens];
  }

  close(): Promise<void> {
    return this.source.close();
  }

  #refusal(): string {
    return `The provider refuses a token that was just fetched; check providers.${this.provider}.auth.`;
  }

  #fetchUnlessHeldOff(now: number): Promise<IssuedToken> {
    if (this.#fetching) return this.#fetching;
    return this.#failure && now < this.#failure.until ? Promise.reject(this.#failure.error) : this.#fetch();
  }

  #fetch(): Promise<IssuedToken> {
    if (this.#fetching) return this.#fetching;
    const fetching = this.#fetchOnce().finally(() => (this.#fetching = undefined));
    // Those who wait may all have gone away.
    fetching.catch(() => undefined);
    this.#fetching = fetching;
    return fetching;
  }

  async #fetchOnce(): Promise<IssuedToken> {
    try {
      const token = new IssuedToken(await bounded((signal) => this.source.fetch(signal)), this.source, {
        accepted: () => (this.#refusedByVendor = false),
        refused: (refused) => this.#refused(refused),
      });
      this.#previous = this.#current;
      this.#current = token;
      this.#failure = undefined;
      return token;
    } catch (cause) {
      const place = `providers.${this.provider}.auth`;
      const error =
        cause instanceof ProviderError
          ? cause
          : (unreachedService(cause, place) ?? new ProviderError('network', `No token for ${place}.`, UNSENT));
      const asked = Math.min((error.retryAfterSeconds ?? 0) * 1_000, LONGEST_HOLD_OFF_MS);
      this.#failure = { error, until: performance.now() + Math.max(asked, HOLD_OFF_MS) };
      throw error;
    }
  }

  #refused(token: IssuedToken): string | undefined {
    const now = performance.now();
    if (token.taken) {
      if (token !== this.#current) return REVOKED;
      if (now - this.#thrownAwayAt >= TRUST_MS) {
        this.#thrownAwayAt = now;
        this.#current = undefined;
        this.#previous = token;
        return REVOKED;
      }
    }
    this.#refusedByVendor = true;
    token.usableUntil = Math.min(token.usableUntil, token.fetchedAt + REPLACE_MS);
    return undefined;
  }
}

const UNSENT = { reachedVendor: false };

/** A token at hand, by this process's own steady clock. */
class IssuedToken implements Authorization {
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly length: number;
  readonly expiresAt: string | null;
  readonly fetchedAt = performance.now();
  readonly replacedFrom: number;
  usableUntil: number;
  /** The vendor took it. */
  taken = false;

  constructor(
    token: Token,
    { place }: TokenSource,
    private readonly watch: { accepted(): void; refused(token: IssuedToken): string | undefined },
  ) {
    const { text, lifetimeMs } = token;
    const lifetime = lifetimeMs ?? UNSAID_LIFETIME_MS;
    this.text = text;
    this.length = text.length;
    this.headers = { ...token.headers, [place.header]: `${place.prefix ?? ''}${text}` };
    this.expiresAt = lifetimeMs === undefined ? null : new Date(Date.now() + lifetimeMs).toISOString();
    this.replacedFrom = this.fetchedAt + lifetime - Math.min(EARLY_MS, lifetime / 5);
    this.usableUntil = this.fetchedAt + lifetime - Math.min(MARGIN_MS, lifetime / 10);
  }

  accepted(): void {
    this.taken = true;
    this.watch.accepted();
  }

  refused(): string | undefined {
    return this.watch.refused(this);
  }
}

/** Not every source can be aborted: what comes too late is dropped. */
async function bounded<Value>(work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new CallTimeoutError('total', FETCH_LIMIT_MS)), FETCH_LIMIT_MS);
  try {
    return await waitFor(work(abort.signal), abort.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** The outcome of work that others wait for too; an abort ends this wait and nothing else. */
async function waitFor<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
