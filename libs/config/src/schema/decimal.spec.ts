import fc from 'fast-check';
import { plainDecimal } from './decimal.js';

describe('plainDecimal', () => {
  it.each([
    ['0.1', '0.1'],
    ['30', '30'],
    ['30.10', '30.10'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['+1.5', '1.5'],
    ['-0.5', '-0.5'],
    ['007', '7'],
    ['1e-7', '0.0000001'],
    ['1.5E3', '1500'],
    ['12.34e1', '123.4'],
    ['0.0000000010', '0.000000001'],
    ['0.0000000011', '0.0000000011'],
  ])('writes %s as %s', (text, plain) => {
    expect(plainDecimal(text)).toBe(plain);
  });

  it.each(['', '.', 'e5', '1.2.3', '0x10', '.inf', '1_000', '1,5'])('takes %p for no number', (text) => {
    expect(plainDecimal(text)).toBeUndefined();
  });

  it('shifts without losing a digit', () => {
    const digits = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(digits, ([count, places]) => {
        const text = `${count}e-${places}`;
        const shifted = plainDecimal(text, 3) ?? '';
        const [whole = '', fraction = ''] = shifted.split('.');
        return BigInt(whole + fraction.padEnd(9, '0').slice(0, 9)) === count * 10n ** BigInt(9 - places + 3);
      }),
    );
  });
});
