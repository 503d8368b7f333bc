import { type Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/** What we say that we take. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br';

/** Each piece is handed on as soon as it can be read: a compressed stream of events must not wait for its end. */
const ZLIB_OPTIONS = { flush: constants.Z_SYNC_FLUSH };
const BROTLI_OPTIONS = { flush: constants.BROTLI_OPERATION_FLUSH };

/** The low half of a zlib stream's first byte names its method, and 8 is the only one there is. */
const ZLIB_METHOD = 0x08;

/**
 * The decoder for a `Content-Encoding`, chosen at the body's first piece, because servers mean two things by `deflate`
 * (RFC 9110, 8.4.1.2).
 * @returns undefined where nothing is encoded, `'unknown'` for what we did not ask for.
 */
export function decoderFor(encoding: string | null): ((firstChunk: Buffer) => Transform) | 'unknown' | undefined {
  switch (encoding?.trim().toLowerCase() ?? '') {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return () => createGunzip(ZLIB_OPTIONS);
    case 'deflate':
      return (firstChunk) =>
        ((firstChunk[0] ?? 0) & 0x0f) === ZLIB_METHOD ? createInflate(ZLIB_OPTIONS) : createInflateRaw(ZLIB_OPTIONS);
    case 'br':
      return () => createBrotliDecompress(BROTLI_OPTIONS);
    default:
      return 'unknown';
  }
}
