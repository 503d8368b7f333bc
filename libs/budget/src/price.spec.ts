import fc from 'fast-check';
import { formatUsd, parseUsd, type NanoUsd, type Price } from '@switchyard/contract';
import { costOf, imagePriceNames, mostCostOf, type Consumption } from './price.js';
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

  it('prices an image of a size that has none of its own by its quality', () => {
    const names = imagePriceNames({ size: 'auto', quality: 'hd' });
    const byQuality = { ...price, perImage: { hd: usd('0.08'), '1024x1024': usd('0.04'), default: usd('0.04') } };
    const made = { inputTokens: 0, outputTokens: 0, images: 1 };
    expect(formatUsd(costOf({ ...made, imagePriceNames: names }, byQuality))).toBe('0.08');
    expect(imagePriceNames({ width: 1_792, height: 1_024, quality: 'hd' })).toEqual([
      '1792x1024/hd',
      '1792x1024',
      'hd',
    ]);
  });

  it('is a hundred million dollars at most, whatever prices and figures are', () => {
    const absurd = { ...price, inputPerMillion: usd('1000000'), outputPerMillion: usd('1000000'), above: [] };
    const most = { inputTokens: 2 ** 31, outputTokens: 2 ** 31 };
    expect(formatUsd(costOf(most, absurd))).toBe('100000000.00');
    expect(formatUsd(mostCostOf({ ...most, mayWriteCache: false, hasAudio: false }, absurd))).toBe('100000000.00');
    expect(formatUsd(costOf({ inputTokens: 10 ** 8, outputTokens: 0 }, absurd))).toBe('100000000.00');
    expect(formatUsd(costOf({ inputTokens: 10 ** 8 - 1, outputTokens: 0 }, absurd))).toBe('99999999.00');
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

describe('what is written into a cache', () => {
  const claude = { ...price, above: [], cacheWritePerMillion: usd('37.5') };
  const of = (more: object, rates = {}): string =>
    formatUsd(costOf({ inputTokens: 1_000_000, outputTokens: 0, ...more }, { ...claude, ...rates }));

  it('costs more for an hour: twice the input, unless it has a rate of its own', () => {
    expect(of({ cacheWriteTokens: 1_000_000 })).toBe('37.50');
    expect(of({ cacheWriteTokens: 1_000_000, cacheWrite1hTokens: 1_000_000 })).toBe('60.00');
    expect(of({ cacheWriteTokens: 400_000, cacheWrite1hTokens: 100_000 })).toBe('35.25');
    expect(
      of({ cacheWriteTokens: 1_000_000, cacheWrite1hTokens: 1_000_000 }, { cacheWrite1hPerMillion: usd('50') }),
    ).toBe('50.00');
  });

  it('is never more for an hour than what was written', () => {
    expect(of({ cacheWriteTokens: 100_000, cacheWrite1hTokens: 1_000_000 })).toBe('33.00');
    expect(of({ cacheWrite1hTokens: 1_000_000 })).toBe('30.00');
  });
});

describe('mostCostOf', () => {
  const rate = fc.bigInt({ min: 0n, max: 100_000_000_000n }).map((amount) => amount as NanoUsd);
  const optional = fc.option(rate, { nil: undefined });
  const defined = (rates: object): object =>
    Object.fromEntries(Object.entries(rates).filter(([, value]) => value !== undefined));
  const rates = fc
    .record({
      cachedInputPerMillion: optional,
      cacheWritePerMillion: optional,
      cacheWrite1hPerMillion: optional,
      audioInputPerMillion: optional,
    })
    .map(defined);
  const step = fc
    .tuple(fc.record({ inputPerMillion: rate, outputPerMillion: rate }), rates)
    .map(([needed, other]) => ({ ...needed, ...other }));
  const anyPrice: fc.Arbitrary<Price> = fc
    .record({
      base: step,
      steps: fc.array(fc.tuple(fc.integer({ min: 1, max: 1_000 }), step), { maxLength: 3 }),
      perRequest: rate,
      perImage: rate,
    })
    .map(({ base, steps, perRequest, perImage }) => ({
      ...base,
      perRequest,
      perImage: { default: perImage },
      batchFactorPpm: 1_000_000,
      above: steps.toSorted(([one], [other]) => one - other).map(([inputTokens, own]) => ({ inputTokens, ...own })),
    }));
  const tokens = fc.integer({ min: 0, max: 1_500 });
  const bounds = fc.record({ inputTokens: tokens, outputTokens: tokens, images: fc.integer({ min: 0, max: 3 }) });
  const part = fc.double({ min: 0, max: 1, noNaN: true });
  const kinds = { cached: part, written: part, kept: part, audio: part };
  const parts = fc.record({ input: part, output: part, images: part, ...kinds });
  const caching = fc.constantFrom(
    { mayWriteCache: false },
    { mayWriteCache: true },
    { mayWriteCache: true, mayKeepCache: true },
  );

  it('is never less than what any use within the bounds costs, whatever the rates', () => {
    fc.assert(
      fc.property(anyPrice, bounds, parts, caching, fc.boolean(), (each, bound, of, cache, hasAudio) => {
        const inputTokens = Math.floor(bound.inputTokens * of.input);
        const cacheWriteTokens = cache.mayWriteCache ? Math.floor(inputTokens * of.written) : 0;
        const used: Consumption = {
          inputTokens,
          cachedInputTokens: Math.floor(inputTokens * of.cached),
          cacheWriteTokens,
          cacheWrite1hTokens: cache.mayKeepCache === true ? Math.floor(cacheWriteTokens * of.kept) : 0,
          audioInputTokens: hasAudio ? Math.floor(inputTokens * of.audio) : 0,
          outputTokens: Math.floor(bound.outputTokens * of.output),
          images: Math.floor(bound.images * of.images),
        };
        return costOf(used, each) <= mostCostOf({ ...bound, ...cache, hasAudio }, each);
      }),
      { numRuns: 1_000 },
    );
  });

  const of = { inputTokens: 1000, outputTokens: 0, mayWriteCache: false, hasAudio: false };
  const dear = { ...price, cacheWritePerMillion: usd('37.5'), audioInputPerMillion: usd('100') };

  it('takes the dearer rates only where they may apply', () => {
    expect(formatUsd(mostCostOf(of, dear))).toBe('0.03');
    expect(formatUsd(mostCostOf({ ...of, mayWriteCache: true }, dear))).toBe('0.0375');
    expect(formatUsd(mostCostOf({ ...of, mayWriteCache: true, mayKeepCache: true }, dear))).toBe('0.06');
    expect(formatUsd(mostCostOf({ ...of, mayWriteCache: true, hasAudio: true }, dear))).toBe('0.10');
  });

  it('reckons with fewer tokens where they cost more', () => {
    const cheaper = { ...price, above: [{ inputTokens: 900, inputPerMillion: usd('1'), outputPerMillion: usd('1') }] };
    expect(formatUsd(mostCostOf(of, cheaper))).toBe('0.027');
  });
});

describe('the rates of a step', () => {
  it('hold for cached, written and heard tokens where it names them', () => {
    const [step] = price.above;
    const own = {
      cachedInputPerMillion: usd('30'),
      cacheWritePerMillion: usd('75'),
      cacheWrite1hPerMillion: usd('120'),
      audioInputPerMillion: usd('200'),
    };
    const stepped = step ? { ...price, above: [{ ...step, ...own }] } : price;
    const of = (more: object): string => formatUsd(costOf({ inputTokens: 200_001, outputTokens: 0, ...more }, stepped));
    expect(of({ cachedInputTokens: 200_001 })).toBe('6.00003');
    expect(of({ cacheWriteTokens: 200_001 })).toBe('15.000075');
    expect(of({ cacheWriteTokens: 200_001, cacheWrite1hTokens: 200_001 })).toBe('24.00012');
    expect(of({ audioInputTokens: 200_001 })).toBe('40.0002');
    expect(readPrice(writePrice(stepped))).toEqual(stepped);
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
