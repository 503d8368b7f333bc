import { formatUsd, type NanoUsd, type Price } from '@switchyard/contract';

/** Rates in dollars, as decimal strings: per million tokens, or for each request or image. */
interface Rates {
  readonly inputPerMillion?: string;
  readonly outputPerMillion?: string;
  readonly cachedInputPerMillion?: string;
  readonly cacheWritePerMillion?: string;
  readonly audioInputPerMillion?: string;
  readonly perRequest?: string;
  /** One for all images, or by `size/quality`, `size` and `default`. */
  readonly perImage?: string | Readonly<Record<string, string>>;
  /** Part of the price that a vendor's own batch costs. */
  readonly batchFactor?: string;
  /** Rates that hold instead above so many input tokens. */
  readonly above?: readonly {
    readonly inputTokens: number;
    readonly inputPerMillion: string;
    readonly outputPerMillion: string;
  }[];
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
    // Absent these cost what other input costs, so that a zero says something.
    ...rate('cachedInputPerMillion', price.cachedInputPerMillion),
    ...rate('cacheWritePerMillion', price.cacheWritePerMillion),
    ...rate('audioInputPerMillion', price.audioInputPerMillion),
    ...rate('perRequest', price.perRequest || undefined),
    ...(Object.keys(perImage).length === 0 ? {} : { perImage: viewImages(perImage) }),
    ...(batchFactorPpm === MILLION ? {} : { batchFactor: String(batchFactorPpm / MILLION) }),
    ...(above.length === 0 ? {} : { above: above.map(viewStep) }),
  };
  return Object.keys(rates).length === 0 ? 'free' : rates;
}

function rate(name: keyof Rates, amount: NanoUsd | undefined): Rates {
  return amount === undefined ? {} : { [name]: formatUsd(amount) };
}

function viewImages(perImage: Price['perImage']): string | Readonly<Record<string, string>> {
  const entries = Object.entries(perImage).map(([name, amount]) => [name, formatUsd(amount)] as const);
  const [[name, only] = ['', '']] = entries;
  return entries.length === 1 && name === 'default' ? only : Object.fromEntries(entries);
}

function viewStep({ inputTokens, inputPerMillion, outputPerMillion }: Price['above'][number]) {
  return {
    inputTokens,
    inputPerMillion: formatUsd(inputPerMillion),
    outputPerMillion: formatUsd(outputPerMillion),
  };
}
