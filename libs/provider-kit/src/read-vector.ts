import { badReply } from './bad-reply.js';

/**
 * Reads an embedding, as numbers or as the base64 of float32, whichever came.
 * @throws ProviderError `bad_response` for anything else, and for numbers beyond the range of float32.
 */
export function readVector(value: unknown): readonly number[] {
  if (typeof value === 'string') return readFloat32(value);
  if (!Array.isArray(value) || value.length === 0) throw badReply('an embedding without numbers');
  const numbers: readonly unknown[] = value;
  if (!numbers.every(isFloat32)) throw badReply('an embedding with other things than numbers');
  return numbers;
}

/** What is kept is a float32; beyond its range there is no number. */
function isFloat32(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(Math.fround(value));
}

function readFloat32(base64: string): readonly number[] {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === 0 || bytes.length % 4 !== 0) throw badReply('an embedding that is not the base64 of float32');
  const numbers = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
  if (!numbers.every(Number.isFinite)) throw badReply('an embedding that is not the base64 of float32');
  return numbers;
}
