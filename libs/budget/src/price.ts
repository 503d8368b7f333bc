import { nanoUsd, type ModelRequest, type NanoUsd, type Price, type Usage } from '@switchyard/contract';

const PER_MILLION = 1_000_000n;
/** A hundred million dollars, in nano-dollars: what is more comes of a fault, and no sum of a job's attempts may pass 64 bits. */
const MOST_OF_ATTEMPT = 10n ** 17n;

/** What one attempt uses, or at most may use. Counts are never negative. */
export interface Consumption {
  readonly inputTokens: number;
  /** Part of `inputTokens` that the vendor read from its cache. */
  readonly cachedInputTokens?: number;
  /** Part of `inputTokens` that the vendor wrote into its cache. */
  readonly cacheWriteTokens?: number;
  /** Part of `cacheWriteTokens` that it keeps there for an hour. */
  readonly cacheWrite1hTokens?: number;
  /** Part of `inputTokens` that was audio. */
  readonly audioInputTokens?: number;
  readonly outputTokens: number;
  readonly images?: number;
  /** Names of the price of an image, the finest first: `1792x1024/hd`, `1792x1024`. */
  readonly imagePriceNames?: readonly string[];
}

/**
 * The price of an attempt: each component is count times price, summed, rounded up once to the nano-dollar; a hundred
 * million dollars at most.
 * Above a bound of input tokens the rates of that bound hold for all of them.
 */
export function costOf(consumption: Consumption, price: Price): NanoUsd {
  const { inputTokens } = consumption;
  const rates = ratesAt(inputTokens, price);
  const cachedTokens = Math.min(consumption.cachedInputTokens ?? 0, inputTokens);
  const writtenTokens = Math.min(consumption.cacheWriteTokens ?? 0, inputTokens - cachedTokens);
  const keptTokens = Math.min(consumption.cacheWrite1hTokens ?? 0, writtenTokens);
  const audioTokens = Math.min(consumption.audioInputTokens ?? 0, inputTokens - cachedTokens - writtenTokens);
  const freshTokens = inputTokens - cachedTokens - writtenTokens - audioTokens;
  const tokens =
    BigInt(freshTokens) * rates.fresh +
    BigInt(cachedTokens) * rates.cached +
    BigInt(writtenTokens - keptTokens) * rates.written +
    BigInt(keptTokens) * rates.kept +
    BigInt(audioTokens) * rates.audio +
    BigInt(consumption.outputTokens) * rates.output;
  return addUp(tokens, consumption, price);
}

/** What an attempt uses at most, and what its input may be beside text that is read. */
export interface ConsumptionBound extends Pick<
  Consumption,
  'inputTokens' | 'outputTokens' | 'images' | 'imagePriceNames'
> {
  /** The vendor may write some of it into a cache, and charge for that. */
  readonly mayWriteCache: boolean;
  /** And keep it there for an hour. Default false. */
  readonly mayKeepCache?: boolean;
  readonly hasAudio: boolean;
}

/**
 * The most that an attempt within these bounds can cost: every input token at the dearest rate that may apply to it,
 * at that number of tokens which costs most, since the rates above a bound may be cheaper.
 */
export function mostCostOf(bound: ConsumptionBound, price: Price): NanoUsd {
  const ends = price.above.map(({ inputTokens }) => inputTokens).filter((end) => end < bound.inputTokens);
  const costs = [...ends, bound.inputTokens].map((inputTokens) => {
    const { fresh, cached, written, kept, audio, output } = ratesAt(inputTokens, price);
    const input = [
      ...[fresh, cached],
      ...(bound.mayWriteCache ? [written] : []),
      ...(bound.mayKeepCache === true ? [kept] : []),
      ...(bound.hasAudio ? [audio] : []),
    ];
    return addUp(BigInt(inputTokens) * dearest(input) + BigInt(bound.outputTokens) * output, bound, price);
  });
  return nanoUsd(dearest(costs));
}

/**
 * Rates per million tokens of a request with so many input tokens. What has no rate of its own costs as fresh input; what
 * is kept in a cache for an hour twice as much, as Anthropic has it (https://platform.claude.com/docs/en/about-claude/pricing).
 */
function ratesAt(inputTokens: number, price: Price) {
  const step = price.above.findLast((bound) => inputTokens > bound.inputTokens);
  const fresh = step?.inputPerMillion ?? price.inputPerMillion;
  return {
    fresh,
    cached: step?.cachedInputPerMillion ?? price.cachedInputPerMillion ?? fresh,
    written: step?.cacheWritePerMillion ?? price.cacheWritePerMillion ?? fresh,
    kept: step?.cacheWrite1hPerMillion ?? price.cacheWrite1hPerMillion ?? 2n * fresh,
    audio: step?.audioInputPerMillion ?? price.audioInputPerMillion ?? fresh,
    output: step?.outputPerMillion ?? price.outputPerMillion,
  };
}

/** @param tokens What all tokens come to, times a million. */
function addUp(
  tokens: bigint,
  { images = 0, imagePriceNames: names = [] }: Pick<Consumption, 'images' | 'imagePriceNames'>,
  price: Price,
): NanoUsd {
  const pictures = BigInt(images) * imagePrice(names, price);
  const cost = divideRoundingUp(tokens, PER_MILLION) + pictures + price.perRequest;
  return nanoUsd(cost < MOST_OF_ATTEMPT ? cost : MOST_OF_ATTEMPT);
}

/** Under which names the price of a requested image may stand, the finest first. */
export function imagePriceNames(request: ModelRequest): readonly string[] {
  const { width, height, size, quality } = request;
  const pixels = size ?? (width !== undefined && height !== undefined ? `${width}x${height}` : undefined);
  if (pixels === undefined) return quality === undefined ? [] : [quality];
  return quality === undefined ? [pixels] : [`${pixels}/${quality}`, pixels, quality];
}

/** What a vendor's usage comes to. @param imagePriceNames As in {@link Consumption}. */
export function costOfUsage(usage: Usage, price: Price, imagePriceNames: readonly string[] = []): NanoUsd {
  return costOf(
    {
      inputTokens: usage.promptTokens,
      cachedInputTokens: usage.cachedPromptTokens ?? 0,
      cacheWriteTokens: usage.cacheWriteTokens ?? 0,
      cacheWrite1hTokens: usage.cacheWrite1hTokens ?? 0,
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
  return nanoUsd(dearest(Object.values(price.perImage)));
}

function dearest(amounts: readonly bigint[]): bigint {
  return amounts.reduce((most, each) => (each > most ? each : most), 0n);
}

function divideRoundingUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
