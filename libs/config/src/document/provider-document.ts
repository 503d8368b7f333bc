import type { ProviderKind, ProviderMapping, RateLimitSettings } from '@switchyard/contract';
import type { CacheDocument, OpenMap } from './model-document.js';

/** The value under a provider's name. */
export interface ProviderDocument {
  readonly kind?: ProviderKind;
  readonly baseURL?: string;
  readonly apiKey?: string;
  readonly keys?: readonly {
    readonly name: string;
    readonly apiKey: string;
    readonly weight?: number;
    readonly rateLimit?: RateLimitSettings;
  }[];
  readonly auth?: { readonly kind: string } & OpenMap;
  readonly defaultModel?: string;
  readonly botType?: string;
  readonly region?: string;
  readonly project?: string;
  readonly organization?: string;
  readonly apiVersion?: string;
  readonly endpoint?: string;
  readonly deployment?: string;
  readonly deployments?: readonly {
    readonly name: string;
    readonly endpoint: string;
    readonly apiKey?: string;
    readonly weight?: number;
  }[];
  readonly mapping?: ProviderMapping;
  readonly dialect?: OpenMap;
  readonly concurrency?: number;
  readonly local?: boolean;
  readonly timeouts?: {
    readonly connectMs?: number;
    readonly firstByteMs?: number;
    readonly idleMs?: number;
    readonly totalMs?: number;
  };
  readonly rateLimit?: RateLimitSettings;
  readonly cache?: CacheDocument;
  /** Whether its server fetches models that it lacks. */
  readonly pull?: boolean;
  readonly instances?: { readonly maxBytes?: number | string; readonly idleMs?: number };
}
