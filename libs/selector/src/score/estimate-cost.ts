import type { Price } from '@switchyard/contract';

/** How much of a model a job takes, for comparing models with each other. */
export interface Quantity {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly images: number;
}

/** A price as plain numbers, in nano-dollars for one of each. */
interface Rates {
  readonly input: number;
  readonly output: number;
  readonly image: number;
  readonly request: number;
}

const MILLION = 1_000_000;
/** Prices never change, and turning them into numbers takes longer than counting with them. */
const known = new WeakMap<object, Rates>();

/** What a job likely costs at a price, in nano-dollars: to compare models by, while money itself is counted elsewhere. */
export function estimateCost(price: Price, { promptTokens, outputTokens, images }: Quantity): number {
  const { input, output, image, request } = ratesOf(price, promptTokens);
  return promptTokens * input + outputTokens * output + images * image + request;
}

function ratesOf(price: Price, promptTokens: number): Rates {
  const step = price.above.length === 0 ? undefined : price.above.findLast((each) => promptTokens > each.inputTokens);
  const key = step ?? price;
  const rates = known.get(key);
  if (rates) return rates;
  const { inputPerMillion, outputPerMillion } = step ?? price;
  const made: Rates = {
    input: Number(inputPerMillion) / MILLION,
    output: Number(outputPerMillion) / MILLION,
    image: Number(price.perImage['default'] ?? Object.values(price.perImage)[0] ?? 0n),
    request: Number(price.perRequest),
  };
  known.set(key, made);
  return made;
}
