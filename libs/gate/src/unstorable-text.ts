import { GatewayError } from '@switchyard/contract';

/** An escape for NUL or half of a surrogate pair, not itself escaped, as `JSON.stringify` writes them. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;

/**
 * Refuses what no database text can hold: NUL characters and halves of surrogate pairs.
 * @param json The value as `JSON.stringify` wrote it.
 * @throws GatewayError (422) that names the field.
 */
export function refuseUnstorableText(json: string, value: unknown): void {
  if (!UNSTORABLE.test(json)) return;
  const param = findUnstorable(value, '');
  throw new GatewayError(
    'invalid_request_error',
    `\`${param ?? 'body'}\` holds a NUL character or half of a surrogate pair; send well-formed text.`,
    param === undefined ? {} : { param },
  );
}

function findUnstorable(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return value.includes('\u0000') || !value.isWellFormed() ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, each] of Object.entries(value)) {
    const below = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    if (key.includes('\u0000') || !key.isWellFormed()) return path === '' ? 'body' : path;
    const found = findUnstorable(each, below);
    if (found !== undefined) return found;
  }
  return undefined;
}
