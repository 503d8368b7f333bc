import { describe, expect, it } from '@jest/globals';
import { nanoUsd, type NanoUsd, type Price } from '@switchyard/contract';
import { viewPrice } from './price-view.js';

const dollars = (amount: number): NanoUsd => nanoUsd(BigInt(Math.round(amount * 1e9)));
const FREE: Price = {
  inputPerMillion: dollars(0),
  outputPerMillion: dollars(0),
  perRequest: dollars(0),
  perImage: {},
  batchFactorPpm: 1_000_000,
  above: [],
};

describe('viewPrice', () => {
  it('writes every field as the configuration does', () => {
    const price: Price = {
      inputPerMillion: dollars(30),
      outputPerMillion: dollars(60),
      cachedInputPerMillion: dollars(0),
      cacheWritePerMillion: dollars(37.5),
      audioInputPerMillion: dollars(100),
      perRequest: dollars(0.001),
      perImage: { '1792x1024/hd': dollars(0.12), default: dollars(0.04) },
      batchFactorPpm: 333_333,
      above: [{ inputTokens: 200_000, inputPerMillion: dollars(60), outputPerMillion: dollars(90) }],
    };
    expect(viewPrice(price)).toEqual({
      inputPerMillion: '30.00',
      outputPerMillion: '60.00',
      cachedInputPerMillion: '0.00',
      cacheWritePerMillion: '37.50',
      audioInputPerMillion: '100.00',
      perRequest: '0.001',
      perImage: { '1792x1024/hd': '0.12', default: '0.04' },
      batchFactor: '0.333333',
      above: [{ inputTokens: 200_000, inputPerMillion: '60.00', outputPerMillion: '90.00' }],
    });
  });

  it.each<[name: string, price: Partial<Price>, view: unknown]>([
    ['nothing but one rate', { outputPerMillion: dollars(2) }, { outputPerMillion: '2.00' }],
    ['one price for all images', { perImage: { default: dollars(0.04) } }, { perImage: '0.04' }],
    ['images of one size only', { perImage: { '64x64': dollars(1) } }, { perImage: { '64x64': '1.00' } }],
    ['nothing at all', {}, 'free'],
  ])('shows only what is set: %s', (_name, price, view) => {
    expect(viewPrice({ ...FREE, ...price })).toEqual(view);
  });
});
