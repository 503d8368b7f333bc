import type { Capability } from '@switchyard/contract';

/** A value that only another program reads. */
export type OpenMap = Readonly<Record<string, unknown>>;

/** What input costs that is not plain text read for the first time. */
export interface OtherInputDocument {
  readonly cachedInputPerMillion?: string;
  readonly cacheWritePerMillion?: string;
  readonly cacheWrite1hPerMillion?: string;
  readonly audioInputPerMillion?: string;
}

/** Prices as decimal text in dollars, exactly as written. */
export interface PriceDocument extends OtherInputDocument {
  readonly inputPerMillion?: string;
  readonly outputPerMillion?: string;
  readonly perRequest?: string;
  readonly perImage?: string | Readonly<Record<string, string>>;
  readonly batchFactor?: string;
  readonly above?: readonly (OtherInputDocument & {
    readonly inputTokens: number;
    readonly inputPerMillion: string;
    readonly outputPerMillion: string;
  })[];
}

/** What a version of a model says differently. */
export interface VersionDocument {
  readonly provider?: string;
  readonly providerModel?: string;
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly price?: 'free' | PriceDocument;
  readonly params?: OpenMap;
  readonly adapter?: string;
}

/** Whether and for how long answers are kept, and the fields of a request that tell two apart. */
export interface CacheDocument {
  readonly enabled?: boolean;
  readonly ttlSeconds?: number;
  readonly maxEntries?: number;
  readonly key?: readonly string[];
}

/** An entry of `models`. */
export interface ModelDocument {
  readonly id: string;
  readonly name?: string;
  readonly provider: string;
  readonly providerModel?: string;
  readonly capabilities: readonly Capability[];
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly defaultMaxTokens?: number;
  readonly price?: 'free' | PriceDocument;
  readonly params?: OpenMap;
  readonly quality?: number;
  readonly speed?: number;
  readonly versions?: Readonly<Record<string, VersionDocument>>;
  readonly defaultVersion?: string;
  readonly permission?: string;
  readonly fallbackModels?: readonly string[];
  readonly cache?: CacheDocument;
  readonly onTimeout?: { readonly content: string };
  readonly modelPath?: string;
  readonly device?: 'auto' | 'cpu' | 'cuda';
  readonly dtype?: string;
  readonly maxLength?: number;
  readonly normalize?: boolean;
  readonly modelType?: string;
  readonly keepLoadedMs?: number;
  readonly batching?: { readonly maxSize?: number; readonly maxWaitMs?: number };
  readonly pull?: boolean;
  readonly quantization?: { readonly bits: 4 | 8 | 16 };
}
