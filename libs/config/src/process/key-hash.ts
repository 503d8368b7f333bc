import { createHmac, hkdfSync } from 'node:crypto';

/**
 * Hashes keys under a key derived from the root secret (HKDF-SHA-256, then HMAC-SHA-256), so that a copy of the
 * database alone can neither be searched for a key nor be given one.
 */
export function createKeyHash(secret: string): (key: string) => Buffer {
  const derived = Buffer.from(hkdfSync('sha256', secret, '', 'switchyard/keys/1', 32));
  return (key) => createHmac('sha256', derived).update(key).digest();
}
