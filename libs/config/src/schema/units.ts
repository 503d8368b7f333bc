const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const BYTES = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;

function parseQuantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit] = /^(\d{1,15}) ?([A-Za-z]+)$/.exec(text) ?? [];
  const factor = unit !== undefined && Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (digits === undefined || factor === undefined) return undefined;
  const quantity = Number(digits) * factor;
  return quantity > 0 && Number.isSafeInteger(quantity) ? quantity : undefined;
}

/** Milliseconds of a span such as `30d` or `500ms`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(text, MILLISECONDS);
}

/** Bytes of a size such as `4GiB` (powers of 1024) or `4GB` (powers of 1000); undefined when it is none. */
export function parseSize(text: string): number | undefined {
  return parseQuantity(text, BYTES);
}

/** A number of bytes that may be written as a size, and has passed the checks. */
export function bytesOf(size: number | string | undefined): number | undefined {
  return typeof size === 'string' ? parseSize(size) : size;
}
