import { readFileSync } from 'node:fs';
import type { Capability, ProviderKind } from '@switchyard/contract';

/** Rates in dollars as decimal text, in the words of the configuration file; see `Price` of the contract. */
export type CataloguePrice = {
  readonly inputPerMillion?: string;
  readonly outputPerMillion?: string;
  readonly cachedInputPerMillion?: string;
  readonly cacheWritePerMillion?: string;
  readonly cacheWrite1hPerMillion?: string;
  readonly audioInputPerMillion?: string;
  readonly perRequest?: string;
  readonly perImage?: string | Readonly<Record<string, string>>;
  readonly batchFactor?: string;
  readonly above?: readonly {
    readonly inputTokens: number;
    readonly inputPerMillion: string;
    readonly outputPerMillion: string;
    readonly cachedInputPerMillion?: string;
    readonly cacheWritePerMillion?: string;
    readonly cacheWrite1hPerMillion?: string;
    readonly audioInputPerMillion?: string;
  }[];
};

/** A model as its vendors offer it. */
export interface CatalogueModel {
  /** The vendors' own name for it. */
  readonly id: string;
  /** Other names under which files have it. */
  readonly aliases?: readonly string[];
  /** The kinds of provider that offer it, on the same terms. */
  readonly kinds: readonly ProviderKind[];
  /** What the model can do; an adapter may not reach all of it. */
  readonly capabilities: readonly Capability[];
  /** Tokens of prompt and answer together; absent for models that make images. */
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly price: 'free' | CataloguePrice;
  /** The day from which a kind of provider serves it no more, past or announced, as `2026-10-23`. */
  readonly retired?: Readonly<Partial<Record<ProviderKind, string>>>;
  /** The day on which its price was looked up. */
  readonly date: string;
  /** Where its price is published. */
  readonly source: string;
}

interface Catalogue {
  /** When it was last gone through. */
  readonly date: string;
  readonly models: readonly CatalogueModel[];
}

let catalogue: Catalogue | undefined;

/** Every model that is known. Read once; a spec holds the file against these types. */
export function readCatalogue(): Catalogue {
  catalogue ??= JSON.parse(
    readFileSync(new URL('../../catalogue/catalogue.json', import.meta.url), 'utf8'),
  ) as Catalogue;
  return catalogue;
}
