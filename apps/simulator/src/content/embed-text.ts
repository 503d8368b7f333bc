import { digestOf, randomFrom } from './seed.js';

/** Places of the vector that one word touches. */
const PLACES_PER_WORD = 8;
/** Small beside a word, enough to tell two texts of the same words apart. */
const WHOLE_TEXT_WEIGHT = 0.05;
const WORDS_READ = 10_000;

function hashWord(word: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < word.length; index += 1) {
    hash = Math.imul(hash ^ word.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/**
 * A vector of length 1 that depends on nothing but the text. Texts that share words point in similar directions, so
 * that a search over them finds what a reader would expect.
 */
export function embedText(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  const noise = randomFrom(digestOf(text).readUInt32LE(0));
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  for (const word of words.slice(0, WORDS_READ)) {
    const random = randomFrom(hashWord(word));
    for (let place = 0; place < PLACES_PER_WORD; place += 1) {
      const index = Math.floor(random() * dimensions);
      vector[index] = (vector[index] ?? 0) + (random() < 0.5 ? -1 : 1);
    }
  }
  const weight = WHOLE_TEXT_WEIGHT * Math.max(1, Math.sqrt(words.length));
  let squares = 0;
  for (let index = 0; index < dimensions; index += 1) {
    const value = (vector[index] ?? 0) + (noise() - 0.5) * weight;
    vector[index] = value;
    squares += value * value;
  }
  const length = Math.sqrt(squares) || 1;
  for (let index = 0; index < dimensions; index += 1) vector[index] = (vector[index] ?? 0) / length;
  return vector;
}
