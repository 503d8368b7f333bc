import { createHmac, hkdfSync } from 'node:crypto';

/** Bytes of a hash before those that name its secret. */
export const DIGEST_BYTES = 32;

/**
 * Hashes keys under a key derived from the root secret (HKDF-SHA-256, then HMAC-SHA-256), so that a copy of the
 * database alone can neither be searched for a key nor be given one. Behind the digest stands the name of the secret:
 * by it one sees that a key was hashed under another, whoever holds it.
 */
export function createKeyHash(secret: string): (key: string) => Buffer {
  const derived = derive(secret, 'switchyard/keys/1', 32);
  const name = nameSecret(secret);
  return (key) => Buffer.concat([createHmac('sha256', derived).update(key).digest(), name]);
}

/** Eight bytes that tell a secret from others and nothing of it. */
export function nameSecret(secret: string): Buffer {
  return derive(secret, 'switchyard/keys/name/1', 8);
}

function derive(secret: string, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, bytes));
}
