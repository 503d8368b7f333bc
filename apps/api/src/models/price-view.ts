import { formatUsd, type NanoUsd, type Price, type PriceStep } from '@switchyard/contract';

/** Rates in dollars per million tokens, as decimal strings. */
interface TokenRates {
  readonly inputPerMillion?: string;
  readonly outputPerMillion?: string;
  readonly cachedInputPerMillion?: string;
  readonly cacheWritePerMillion?: string;
  readonly cacheWrite1hPerMillion?: string;
  readonly audioInputPerMillion?: string;
}

/** Rates in dollars, as decimal strings: per million tokens, or for each request or image. */
interface Rates extends TokenRates {
  readonly perRequest?: string;
  /** One for all images, or by `size/quality`, `size` and `default`. */
  readonly perImage?: string | Readonly<Record<string, string>>;
  /** Part of the price that a vendor's own batch costs. */
  readonly batchFactor?: string;
  /** Rates that hold instead above so many input tokens. */
  readonly above?: readonly (TokenRates & { readonly inputTokens: number })[];
}

/** A price as the configuration file writes it. */
export type PriceView = 'free' | Rates;

const MILLION = 1_000_000;

/** Shows a price in the file's own terms, without what costs nothing. */
export function viewPrice(price: Price): PriceView {
  const { perImage, batchFactorPpm, above } = price;
  const rates: Rates = {
    ...rate('inputPerMillion', price.inputPerMillion || undefined),
    ...rate('outputPerMillion', price.outputPerMillion || undefined),
    ...otherInput(price),
    ...rate('perRequest', price.perRequest || undefined),
    ...(Object.keys(perImage).length === 0 ? {} : { perImage: viewImages(perImage) }),
    ...(batchFactorPpm === MILLION ? {} : { batchFactor: String(batchFactorPpm / MILLION) }),
    ...(above.length === 0 ? {} : { above: above.map(viewStep) }),
  };
  return Object.keys(rates).length === 0 ? 'free' : rates;
}

/** Absent these cost what other input costs, so that a zero says something. */
function otherInput(
  rates: Pick<
    Price,
    'cachedInputPerMillion' | 'cacheWritePerMillion' | 'cacheWrite1hPerMillion' | 'audioInputPerMillion'
  >,
): TokenRates {
  return {
    ...rate('cachedInputPerMillion', rates.cachedInputPerMillion),
    ...rate('cacheWritePerMillion', rates.cacheWritePerMillion),
    ...rate('cacheWrite1hPerMillion', rates.cacheWrite1hPerMillion),
    ...rate('audioInputPerMillion', rates.audioInputPerMillion),
  };
}

function rate(name: keyof Rates, amount: NanoUsd | undefined): Rates {
  return amount === undefined ? {} : { [name]: formatUsd(amount) };
}

function viewImages(perImage: Price['perImage']): string | Readonly<Record<string, string>> {
  const entries = Object.entries(perImage).map(([name, amount]) => [name, formatUsd(amount)] as const);
  const [[name, only] = ['', '']] = entries;
  return entries.length === 1 && name === 'default' ? only : Object.fromEntries(entries);
}

function viewStep(step: PriceStep): TokenRates & { readonly inputTokens: number } {
  return {
    inputTokens: step.inputTokens,
    inputPerMillion: formatUsd(step.inputPerMillion),
    outputPerMillion: formatUsd(step.outputPerMillion),
    ...otherInput(step),
  };
}
