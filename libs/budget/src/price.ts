import { nanoUsd, type ModelRequest, type NanoUsd, type Price, type Usage } from '@switchyard/contract';

const PER_MILLION = 1_000_000n;

/** What one attempt uses, or at most may use. Counts are never negative. */
export interface Consumption {
  readonly inputTokens: number;
  /** Part of `inputTokens` that the vendor read from its cache. */
  readonly cachedInputTokens?: number;
  /** Part of `inputTokens` that the vendor wrote into its cache. */
  readonly cacheWriteTokens?: number;
  /** Part of `inputTokens` that was audio. */
  readonly audioInputTokens?: number;
  readonly outputTokens: number;
  readonly images?: number;
  /** Names of the price of an image, the finest first: `1792x1024/hd`, `1792x1024`. */
  readonly imagePriceNames?: readonly string[];
}

/**
 * The price of an attempt: each component is count times price, summed, rounded up once to the nano-dollar.
 * Above a bound of input tokens the rates of that bound hold for all of them.
 */
export function costOf(consumption: Consumption, price: Price): NanoUsd {
  const { inputTokens } = consumption;
  const cachedTokens = Math.min(consumption.cachedInputTokens ?? 0, inputTokens);
  const writtenTokens = Math.min(consumption.cacheWriteTokens ?? 0, inputTokens - cachedTokens);
  const audioTokens = Math.min(consumption.audioInputTokens ?? 0, inputTokens - cachedTokens - writtenTokens);
  const freshTokens = inputTokens - cachedTokens - writtenTokens - audioTokens;
  const tier = price.above.findLast((bound) => consumption.inputTokens > bound.inputTokens) ?? price;
  const tokens =
    BigInt(freshTokens) * tier.inputPerMillion +
    BigInt(cachedTokens) * (price.cachedInputPerMillion ?? tier.inputPerMillion) +
    BigInt(writtenTokens) * (price.cacheWritePerMillion ?? tier.inputPerMillion) +
    BigInt(audioTokens) * (price.audioInputPerMillion ?? tier.inputPerMillion) +
    BigInt(consumption.outputTokens) * tier.outputPerMillion;
  const images = BigInt(consumption.images ?? 0) * imagePrice(consumption.imagePriceNames ?? [], price);
  return nanoUsd(divideRoundingUp(tokens, PER_MILLION) + images + price.perRequest);
}

/** Under which names the price of a requested image may stand, the finest first. */
export function imagePriceNames(request: ModelRequest): readonly string[] {
  const { width, height, size, quality } = request;
  const pixels = size ?? (width !== undefined && height !== undefined ? `${width}x${height}` : undefined);
  if (pixels === undefined) return quality === undefined ? [] : [quality];
  return quality === undefined ? [pixels] : [`${pixels}/${quality}`, pixels];
}

/** What a vendor's usage comes to. @param imagePriceNames As in {@link Consumption}. */
export function costOfUsage(usage: Usage, price: Price, imagePriceNames: readonly string[] = []): NanoUsd {
  return costOf(
    {
      inputTokens: usage.promptTokens,
      cachedInputTokens: usage.cachedPromptTokens ?? 0,
      cacheWriteTokens: usage.cacheWriteTokens ?? 0,
      audioInputTokens: usage.audioPromptTokens ?? 0,
      outputTokens: usage.completionTokens,
      images: usage.images ?? 0,
      imagePriceNames,
    },
    price,
  );
}

function imagePrice(names: readonly string[], price: Price): NanoUsd {
  for (const name of [...names, 'default']) {
    // The names come from a request: `constructor` is not one of an image.
    const amount = Object.hasOwn(price.perImage, name) ? price.perImage[name] : undefined;
    if (amount !== undefined) return amount;
  }
  // An unlisted size must not be free: the dearest listed one bounds it.
  return nanoUsd(
    Object.values(price.perImage).reduce<bigint>((dearest, each) => (each > dearest ? each : dearest), 0n),
  );
}

function divideRoundingUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
