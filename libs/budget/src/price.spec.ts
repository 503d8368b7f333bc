import fc from 'fast-check';
import { formatUsd, parseUsd, type NanoUsd, type Price } from '@switchyard/contract';
import { costOf } from './price.js';
import { digestOfPrice, readPrice, writePrice } from './stored-price.js';

function usd(text: string): NanoUsd {
  const amount = parseUsd(text);
  if (amount === undefined) throw new Error(`${text} is no amount`);
  return amount;
}

const price: Price = {
  inputPerMillion: usd('30'),
  outputPerMillion: usd('60'),
  cachedInputPerMillion: usd('15'),
  perRequest: usd('0'),
  perImage: { default: usd('0.04'), '1792x1024/hd': usd('0.12') },
  batchFactorPpm: 500_000,
  above: [{ inputTokens: 200_000, inputPerMillion: usd('60'), outputPerMillion: usd('90') }],
};

describe('costOf', () => {
  it('adds tokens in and out', () => {
    expect(formatUsd(costOf({ inputTokens: 1000, outputTokens: 500 }, price))).toBe('0.06');
  });

  it('charges cached tokens at their own rate', () => {
    expect(formatUsd(costOf({ inputTokens: 1000, cachedInputTokens: 400, outputTokens: 0 }, price))).toBe('0.024');
  });

  it('charges what was written into the cache and what was audio at their own rates, else as input', () => {
    const consumption = { inputTokens: 1000, cacheWriteTokens: 400, audioInputTokens: 100, outputTokens: 0 };
    expect(formatUsd(costOf(consumption, price))).toBe('0.03');
    const rates = { ...price, cacheWritePerMillion: usd('37.5'), audioInputPerMillion: usd('100') };
    expect(formatUsd(costOf(consumption, rates))).toBe('0.04');
  });

  it('takes the dearer rates for the whole request once it passes a bound, and not at it', () => {
    expect(formatUsd(costOf({ inputTokens: 200_000, outputTokens: 0 }, price))).toBe('6.00');
    expect(formatUsd(costOf({ inputTokens: 200_001, outputTokens: 0 }, price))).toBe('12.00006');
  });

  it('rounds the sum up once, not each component', () => {
    const tiny = { ...price, inputPerMillion: usd('0.0004'), outputPerMillion: usd('0.0004') };
    // 0.4 nano-dollars each: 0.8 together, 1 once rounded, 2 had each been rounded.
    expect(costOf({ inputTokens: 1, outputTokens: 1 }, tiny)).toBe(1n);
  });

  it('prices images by size and quality, then by default', () => {
    expect(
      formatUsd(costOf({ inputTokens: 0, outputTokens: 0, images: 2, imagePriceNames: ['1792x1024/hd'] }, price)),
    ).toBe('0.24');
    expect(formatUsd(costOf({ inputTokens: 0, outputTokens: 0, images: 2, imagePriceNames: ['9x9'] }, price))).toBe(
      '0.08',
    );
  });

  it('never costs less for more', () => {
    const count = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(count, count, count, (input, output, more) => {
        const less = costOf({ inputTokens: input, outputTokens: output }, price);
        return costOf({ inputTokens: input + more, outputTokens: output + more }, price) >= less;
      }),
    );
  });
});

describe('a stored price', () => {
  it('reads back as it was written', () => {
    expect(readPrice(writePrice(price))).toEqual(price);
  });

  it('has a digest that changes with any amount', () => {
    expect(digestOfPrice({ ...price, perRequest: usd('0.000000001') })).not.toBe(digestOfPrice(price));
    expect(digestOfPrice({ ...price })).toBe(digestOfPrice(price));
  });

  it('is refused when it holds something else', () => {
    expect(() => readPrice({ ...writePrice(price), perRequest: 3 })).toThrow('no amount');
  });
});
