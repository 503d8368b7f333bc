const NUMBER = /^([+-]?)(\d+)?(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * Writes a decimal number plainly, digit for digit: `1e-7` → `0.0000001`, `+.50` → `0.50`. With `shift`, times ten to
 * that power. Zeros at the end beyond nine digits after the point are cut, which changes nothing.
 * @returns undefined when the text is no decimal number
 */
export function plainDecimal(text: string, shift = 0): string | undefined {
  const match = NUMBER.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent) + shift;
  const before = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  const after = point < 0 ? '0'.repeat(-point) + digits : digits.slice(point);
  const shortened = after.length > 9 ? after.slice(0, 9) + after.slice(9).replace(/0+$/, '') : after;
  const plain = `${before.replace(/^0+(?=\d)/, '')}${shortened === '' ? '' : `.${shortened}`}`;
  return sign === '-' ? `-${plain}` : plain;
}
