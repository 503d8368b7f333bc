import { type Usage } from '@switchyard/contract';
import { isObject } from '../json.js';
import { tokenCount } from '../parse-usage.js';

/**
 * Reads the usage of a message. Anthropic counts what it read from its cache, or wrote into it, beside `input_tokens`;
 * all three together are the prompt.
 * @returns undefined where there is no sensible count of the prompt or of the answer.
 */
export function readUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined;
  const fresh = tokenCount(value.input_tokens);
  const completionTokens = tokenCount(value.output_tokens);
  if (fresh === undefined || completionTokens === undefined) return undefined;
  const cached = tokenCount(value.cache_read_input_tokens);
  const written = tokenCount(value.cache_creation_input_tokens);
  const details = value.output_tokens_details;
  const reasoning = isObject(details) ? tokenCount(details.thinking_tokens) : undefined;
  const promptTokens = fresh + (cached ?? 0) + (written ?? 0);
  return {
    promptTokens,
    completionTokens,
    totalTokens: promptTokens + completionTokens,
    ...(cached !== undefined && { cachedPromptTokens: cached }),
    ...(written !== undefined && { cacheWriteTokens: written }),
    ...(reasoning !== undefined && { reasoningTokens: Math.min(reasoning, completionTokens) }),
  };
}
