import type { Price } from '@switchyard/contract';

/** How much of a model a job takes, for comparing models with each other. */
export interface Quantity {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly images: number;
}

const MILLION = 1_000_000;

/** What a job likely costs at a price, in nano-dollars: to compare models by, while money itself is counted elsewhere. */
export function estimateCost(price: Price, { promptTokens, outputTokens, images }: Quantity): number {
  let { inputPerMillion, outputPerMillion } = price;
  for (const step of price.above) {
    if (promptTokens > step.inputTokens) ({ inputPerMillion, outputPerMillion } = step);
  }
  const text = (promptTokens * Number(inputPerMillion) + outputTokens * Number(outputPerMillion)) / MILLION;
  const perImage =
    images === 0 ? 0 : images * Number(price.perImage['default'] ?? Object.values(price.perImage)[0] ?? 0n);
  return text + perImage + Number(price.perRequest);
}
