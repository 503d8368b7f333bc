import { type Usage } from '@switchyard/contract';
import { isObject } from './json.js';

/** No request has more; what is above is a fault of the vendor, and would be charged. */
const MOST_TOKENS = 1_000_000_000;

/** A count of tokens: a whole number from 0 on. Texts, fractions and negative numbers are no counts. */
export function tokenCount(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= MOST_TOKENS ? Number(value) : undefined;
}

function detail(details: unknown, name: string): number | undefined {
  return isObject(details) ? tokenCount(details[name]) : undefined;
}

/**
 * Reads what a vendor counted, in OpenAI's names: `prompt_tokens` and `completion_tokens` (chat, embeddings), or
 * `input_tokens` and `output_tokens` (images, responses). Zero is zero; a part is never more than its whole.
 * @returns undefined where there is no sensible count of the prompt, or neither one of the answer nor a total: the tokens
 * are then estimated. Never a negative number.
 */
export function parseUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined;
  const prompt = tokenCount(value.prompt_tokens ?? value.input_tokens);
  const total = tokenCount(value.total_tokens);
  const said = value.completion_tokens ?? value.output_tokens;
  // Embeddings have no answer to count.
  const completion = said == null && prompt !== undefined && total !== undefined ? total - prompt : tokenCount(said);
  if (prompt === undefined || completion === undefined || completion < 0) return undefined;
  const promptDetails = value.prompt_tokens_details ?? value.input_tokens_details;
  const cached = detail(promptDetails, 'cached_tokens');
  const written = detail(promptDetails, 'cache_write_tokens');
  const audio = detail(promptDetails, 'audio_tokens');
  const reasoning = detail(value.completion_tokens_details ?? value.output_tokens_details, 'reasoning_tokens');
  return {
    promptTokens: prompt,
    completionTokens: completion,
    totalTokens: Math.max(total ?? 0, prompt + completion),
    ...(cached !== undefined && { cachedPromptTokens: Math.min(cached, prompt) }),
    ...(written !== undefined && written > 0 && { cacheWriteTokens: Math.min(written, prompt) }),
    ...(audio !== undefined && audio > 0 && { audioPromptTokens: Math.min(audio, prompt) }),
    ...(reasoning !== undefined && { reasoningTokens: Math.min(reasoning, completion) }),
  };
}
