import { createHash } from 'node:crypto';
import { formatUsd, parseUsd, type NanoUsd, type Price } from '@switchyard/contract';

type StoredPrice = Readonly<Record<string, unknown>>;

/** Writes a price as its row keeps it: amounts as decimal strings. */
export function writePrice(price: Price): StoredPrice {
  return JSON.parse(
    JSON.stringify(price, (_key, value: unknown) => (typeof value === 'bigint' ? formatUsd(value as NanoUsd) : value)),
  ) as StoredPrice;
}

/** Names a price by its content, so that the same price is the same version. */
export function digestOfPrice(price: Price): string {
  return createHash('sha256')
    .update(JSON.stringify(writePrice(price)))
    .digest('base64url')
    .slice(0, 22);
}

/**
 * Reads a price back from its row.
 * @throws Error when the row is none, which only an edit by hand or a newer version can cause.
 */
export function readPrice(stored: unknown): Price {
  const row = record(stored);
  return {
    inputPerMillion: amount(row['inputPerMillion']),
    outputPerMillion: amount(row['outputPerMillion']),
    ...optionalAmount(row, 'cachedInputPerMillion'),
    ...optionalAmount(row, 'cacheWritePerMillion'),
    ...optionalAmount(row, 'cacheWrite1hPerMillion'),
    ...optionalAmount(row, 'audioInputPerMillion'),
    perRequest: amount(row['perRequest']),
    perImage: Object.fromEntries(Object.entries(record(row['perImage'])).map(([name, value]) => [name, amount(value)])),
    batchFactorPpm: count(row['batchFactorPpm']),
    above: list(row['above']).map((entry) => {
      const bound = record(entry);
      return {
        inputTokens: count(bound['inputTokens']),
        inputPerMillion: amount(bound['inputPerMillion']),
        outputPerMillion: amount(bound['outputPerMillion']),
        ...optionalAmount(bound, 'cachedInputPerMillion'),
        ...optionalAmount(bound, 'cacheWritePerMillion'),
        ...optionalAmount(bound, 'cacheWrite1hPerMillion'),
        ...optionalAmount(bound, 'audioInputPerMillion'),
      };
    }),
  };
}

function optionalAmount<Name extends string>(row: StoredPrice, name: Name): { readonly [Key in Name]?: NanoUsd } {
  const value = row[name];
  return value === undefined ? {} : ({ [name]: amount(value) } as { readonly [Key in Name]?: NanoUsd });
}

function amount(value: unknown): NanoUsd {
  const parsed = typeof value === 'string' ? parseUsd(value) : undefined;
  if (parsed === undefined) throw new Error('A stored price holds something that is no amount.');
  return parsed;
}

function count(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw new Error('A stored price holds something that is no count.');
  return value;
}

function record(value: unknown): StoredPrice {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('A stored price is malformed.');
  return value as StoredPrice;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('A stored price is malformed.');
  return value;
}
