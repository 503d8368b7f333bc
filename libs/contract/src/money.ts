declare const nano: unique symbol;

/** An amount in nano-dollars (1 USD = 1,000,000,000), exact, never a float. May be negative in differences. */
export type NanoUsd = bigint & { readonly [nano]: true };

const NANO_PER_DOLLAR = 1_000_000_000n;
const DECIMAL = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?$/;

/** No money. */
export const ZERO_USD = 0n as NanoUsd;

/** Brands a count of nano-dollars. */
export function nanoUsd(count: bigint): NanoUsd {
  return count as NanoUsd;
}

/**
 * Reads a decimal amount in dollars (`"0.00123"`): at most 12 digits before the point and 9 after it, no exponent.
 * @returns undefined when the text is no such decimal.
 */
export function parseUsd(text: string): NanoUsd | undefined {
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '0', fraction = ''] = match;
  const count = BigInt(whole) * NANO_PER_DOLLAR + BigInt(fraction.padEnd(9, '0'));
  return nanoUsd(sign === '-' ? -count : count);
}

/** Writes an amount as the API does: dollars with 2 to 9 decimals, trailing zeros cut (`"0.02"`, `"0.00123"`). */
export function formatUsd(amount: NanoUsd): string {
  const absolute = amount < 0n ? -amount : amount;
  const fraction = (absolute % NANO_PER_DOLLAR).toString().padStart(9, '0').replace(/0+$/, '').padEnd(2, '0');
  return `${amount < 0n ? '-' : ''}${absolute / NANO_PER_DOLLAR}.${fraction}`;
}
