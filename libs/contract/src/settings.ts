import type { Capability, ProviderKind } from './kinds.js';
import type { ProviderMapping } from './mapping.js';
import type { NanoUsd } from './money.js';

/** Limits of one call, in milliseconds. */
export interface CallTimeouts {
  /** To a connected socket. Default 5,000. */
  readonly connectMs: number;
  /** To the first byte of the answer. Default 60,000. */
  readonly firstByteMs: number;
  /** Between two bytes. Default 60,000. */
  readonly idleMs: number;
  /** The whole call. Default 600,000. */
  readonly totalMs: number;
}

/** What a window may hold, never more in any span of its length, and how to wait where the vendor says it is full. */
export interface RateLimitSettings {
  /** At least one of the two is given. */
  readonly maxRequests?: number;
  /** Of prompt and answer together. */
  readonly maxTokens?: number;
  /** 100 to 86,400,000. */
  readonly windowMs: number;
  /** How the waits after a vendor's 429 without a word of how long grow. Default exponential. */
  readonly strategy?: 'linear' | 'exponential';
  /** How often one job waits on one target for its vendor's limit. Default 3. */
  readonly maxRetries?: number;
}

/** One provider as the configuration names it. */
export interface ProviderSettings {
  /** Its name in the file; also the name of its queue. */
  readonly name: string;
  readonly kind: ProviderKind;
  readonly baseURL?: string;
  /** A secret: never logged, never answered. */
  readonly apiKey?: string;
  readonly defaultModel?: string;
  /** Calls at once, over all processes of its worker. Default 32. */
  readonly concurrency: number;
  /** May be used by `localOnly`. */
  readonly local: boolean;
  readonly timeouts: CallTimeouts;
  readonly rateLimit?: RateLimitSettings;
  /** Cap of one answer's body in bytes, decompressed (`limits.resultBytes`). Default 33,554,432. */
  readonly maxResponseBytes?: number;
  /** Of a provider of the kind `custom` whose server speaks no dialect that we know. */
  readonly mapping?: ProviderMapping;
  /** Further keys of the provider's block that only its adapter reads. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The models that the configuration gives this provider. */
  readonly models?: readonly ModelSettings[];
}

/** Prices in nano-dollars; a rate is per million units. `free` is every rate 0. */
export interface Price {
  readonly inputPerMillion: NanoUsd;
  readonly outputPerMillion: NanoUsd;
  readonly cachedInputPerMillion?: NanoUsd;
  readonly cacheWritePerMillion?: NanoUsd;
  /** What a vendor keeps in its cache for an hour. Default twice the input. */
  readonly cacheWrite1hPerMillion?: NanoUsd;
  readonly audioInputPerMillion?: NanoUsd;
  readonly perRequest: NanoUsd;
  /** By `size/quality`, `size`, or `default`. */
  readonly perImage: Readonly<Record<string, NanoUsd>>;
  /** Part of the price that a vendor's own batch costs, in millionths (500,000 is half). */
  readonly batchFactorPpm: number;
  /** Rates that hold instead once a request has more input tokens than the bound; ascending. */
  readonly above: readonly PriceStep[];
}

/** Rates of requests with more than so many input tokens; what a step leaves out costs what it costs below it. */
export interface PriceStep {
  readonly inputTokens: number;
  readonly inputPerMillion: NanoUsd;
  readonly outputPerMillion: NanoUsd;
  readonly cachedInputPerMillion?: NanoUsd;
  readonly cacheWritePerMillion?: NanoUsd;
  /** What a vendor keeps in its cache for an hour. Default twice the input. */
  readonly cacheWrite1hPerMillion?: NanoUsd;
  readonly audioInputPerMillion?: NanoUsd;
}

/** What a version of a model may say differently. */
export interface ModelVersionSettings {
  readonly provider?: string;
  readonly providerModel?: string;
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly price?: Price;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** One model as the configuration names it. */
export interface ModelSettings {
  readonly id: string;
  /** For humans; absent: the id. */
  readonly name?: string;
  /** The name of its provider. */
  readonly provider: string;
  /** The vendor's own name for it; the id unless given. */
  readonly providerModel: string;
  readonly capabilities: readonly Capability[];
  /** Tokens of prompt and answer together. Absent for models that neither generate nor embed. */
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  /** Sent to the vendor as the cap of an answer when a request names none. */
  readonly defaultMaxTokens?: number;
  readonly price: Price;
  /** Defaults for requests that do not say. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly quality?: number;
  readonly speed?: number;
  readonly versions: Readonly<Record<string, ModelVersionSettings>>;
  readonly defaultVersion?: string;
  /** Needed by a key that uses it. */
  readonly permission?: string;
  readonly fallbackModels: readonly string[];
  /** Further keys of the model's entry, such as those that only its provider's adapter reads. */
  readonly options?: Readonly<Record<string, unknown>>;
}
