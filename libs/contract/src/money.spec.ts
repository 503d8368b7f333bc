import fc from 'fast-check';
import { formatUsd, nanoUsd, parseUsd } from './money.js';

describe('money', () => {
  it.each([
    ['0', '0.00'],
    ['0.02', '0.02'],
    ['0.00123', '0.00123'],
    ['12.5', '12.50'],
    ['-0.000000001', '-0.000000001'],
    ['999999999999.999999999', '999999999999.999999999'],
  ])('reads %s and writes %s', (text, written) => {
    const amount = parseUsd(text);
    expect(amount === undefined ? undefined : formatUsd(amount)).toBe(written);
  });

  it.each(['', '.5', '1.', '1e3', '0.0000000001', '1,5', ' 1', 'NaN', '1234567890123', '+1', '0x1'])(
    'refuses "%s"',
    (text) => {
      expect(parseUsd(text)).toBeUndefined();
    },
  );

  it('reads back whatever it writes', () => {
    const amounts = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
    fc.assert(fc.property(amounts, (amount) => parseUsd(formatUsd(nanoUsd(amount))) === amount));
  });
});
