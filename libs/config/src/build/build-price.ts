import { parseUsd, ZERO_USD, type NanoUsd, type Price } from '@switchyard/contract';
import type { OtherInputDocument, PriceDocument } from '../document/model-document.js';

const WHOLE_PPM = 1_000_000;

const FREE: Price = {
  inputPerMillion: ZERO_USD,
  outputPerMillion: ZERO_USD,
  perRequest: ZERO_USD,
  perImage: {},
  batchFactorPpm: WHOLE_PPM,
  above: [],
};

/** Reads validated prices; what they leave out costs nothing, save that a vendor's batch costs as much as single calls. */
export function buildPrice(price: 'free' | PriceDocument): Price {
  if (price === 'free') return FREE;
  const { perImage = {}, batchFactor, above = [] } = price;
  const images = typeof perImage === 'string' ? { default: perImage } : perImage;
  return {
    inputPerMillion: amount(price.inputPerMillion ?? '0'),
    outputPerMillion: amount(price.outputPerMillion ?? '0'),
    ...otherInput(price),
    perRequest: amount(price.perRequest ?? '0'),
    perImage: Object.fromEntries(Object.entries(images).map(([name, rate]) => [name, amount(rate)])),
    batchFactorPpm: batchFactor === undefined ? WHOLE_PPM : millionths(batchFactor),
    above: above.map((step) => ({
      inputTokens: step.inputTokens,
      inputPerMillion: amount(step.inputPerMillion),
      outputPerMillion: amount(step.outputPerMillion),
      ...otherInput(step),
    })),
  };
}

function otherInput({
  cachedInputPerMillion,
  cacheWritePerMillion,
  cacheWrite1hPerMillion,
  audioInputPerMillion,
}: OtherInputDocument): Pick<Price, keyof OtherInputDocument> {
  return {
    ...(cachedInputPerMillion === undefined ? {} : { cachedInputPerMillion: amount(cachedInputPerMillion) }),
    ...(cacheWritePerMillion === undefined ? {} : { cacheWritePerMillion: amount(cacheWritePerMillion) }),
    ...(cacheWrite1hPerMillion === undefined ? {} : { cacheWrite1hPerMillion: amount(cacheWrite1hPerMillion) }),
    ...(audioInputPerMillion === undefined ? {} : { audioInputPerMillion: amount(audioInputPerMillion) }),
  };
}

/** The schema has let only amounts through. */
function amount(text: string): NanoUsd {
  const parsed = parseUsd(text);
  if (parsed === undefined) throw new TypeError('A price passed the schema that is no amount.');
  return parsed;
}

/** `0.5` → 500,000: nano-dollars are billionths. */
function millionths(factor: string): number {
  return Number(amount(factor) / 1000n);
}
