import type { ModelRequest } from '@switchyard/contract';

/** Fields of which one says what the others say. */
const OTHER_WORDS = [
  { said: ['size'], default: ['width', 'height'] },
  { said: ['width', 'height'], default: ['size'] },
] as const;

/**
 * A request with its model's defaults for what it does not say; what the vendor is sent, and so what is counted and
 * paid. An image's size is one thing, whether it is said as such or by its sides.
 * @param params Of the model's entry in the configuration, validated with it.
 */
export function withDefaults(request: ModelRequest, params: Readonly<Record<string, unknown>>): ModelRequest {
  const left: Record<string, unknown> = { ...params };
  for (const words of OTHER_WORDS) {
    if (words.said.some((field) => request[field] !== undefined)) {
      for (const field of words.default) delete left[field];
    }
  }
  return { ...left, ...request };
}
