import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { RootSecrets } from '../process/admin-key-state.js';
import { nameSecret } from '../process/key-hash.js';

const ALGORITHM = 'aes-256-gcm';
const NAME_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A secret that was read. */
interface Opened {
  readonly text: string;
  /** It was sealed under the previous root secret, and is to be sealed anew. */
  readonly stale: boolean;
}

/**
 * Keeps secrets at rest: AES-256-GCM under a key derived from the root secret (HKDF-SHA-256). In front stands the name
 * of that secret, so that a rotation is seen; the place of a secret is bound in, so that it opens nowhere else.
 */
export interface SecretSeal {
  seal(text: string, place: string): string;
  /** @returns undefined for what was sealed under neither of the root secrets, or stood elsewhere */
  open(sealed: string, place: string): Opened | undefined;
}

export function openSeal({ secret, previousSecret }: RootSecrets): SecretSeal {
  const current = keyOf(secret);
  const known = previousSecret === undefined ? [current] : [current, keyOf(previousSecret)];
  return {
    seal(text, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, current.key, nonce).setAAD(Buffer.from(place));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([current.name, nonce, cipher.getAuthTag(), sealed]).toString('base64');
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed, 'base64');
      const used = known.find(({ name }) => name.equals(bytes.subarray(0, NAME_BYTES)));
      const text = used && decipher(bytes.subarray(NAME_BYTES), used.key, place);
      return text === undefined ? undefined : { text, stale: used !== current };
    },
  };
}

function decipher(bytes: Buffer, key: Buffer, place: string): string | undefined {
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  if (tag.length < TAG_BYTES) return undefined;
  const opening = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  opening.setAAD(Buffer.from(place)).setAuthTag(tag);
  try {
    return Buffer.concat([opening.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), opening.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

function keyOf(secret: string): { readonly name: Buffer; readonly key: Buffer } {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'switchyard/overlay/1', 32));
  return { name: nameSecret(secret), key };
}
