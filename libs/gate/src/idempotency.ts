import { createHash } from 'node:crypto';
import { stringify } from 'safe-stable-stringify';
import { GatewayError } from '@switchyard/contract';
import type { Idempotency } from '@switchyard/jobs';

const LONGEST_KEY = 255;
const VISIBLE = /^[\x20-\x7e]+$/;

/**
 * Reads the header `Idempotency-Key`.
 * @param route Method and path of the request.
 * @param body Must have been found safe: the digest walks all of it.
 * @throws GatewayError (422) for a key of no or too many characters.
 */
export function readIdempotency(key: string, route: string, body: unknown): Idempotency {
  if (key.length > LONGEST_KEY || !VISIBLE.test(key)) {
    throw new GatewayError(
      'invalid_request_error',
      `\`Idempotency-Key\` must have 1 to ${LONGEST_KEY} visible characters of ASCII; send a UUID, for example.`,
      { param: 'Idempotency-Key' },
    );
  }
  return { key, route, digest: digestOf(body) };
}

/** SHA-256 of a JSON value whose objects are written with their keys in order, in hexadecimal. */
function digestOf(body: unknown): string {
  return createHash('sha256')
    .update(stringify(body) ?? '')
    .digest('hex');
}

/** The refusal of a key that stands for another request. */
export function keyReused(): GatewayError {
  return new GatewayError(
    'invalid_request_error',
    'This `Idempotency-Key` was sent with another body; send a new key with a new request.',
    { code: 'idempotency_key_reused', param: 'Idempotency-Key' },
  );
}
