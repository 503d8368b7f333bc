import { type Usage } from '@switchyard/contract';
import { isObject, type JsonObject } from '../json.js';
import { tokenCount } from '../parse-usage.js';

/** How much of what was written into the cache is kept there for an hour, which costs more. */
function readKept({ cache_creation: lifetimes }: JsonObject): number | undefined {
  return isObject(lifetimes) ? tokenCount(lifetimes.ephemeral_1h_input_tokens) : undefined;
}

/**
 * Reads the usage of a message. Anthropic counts what it read from its cache, or wrote into it, beside `input_tokens`;
 * all three together are the prompt. What it says of the cache's lifetimes alone counts as written.
 * @returns undefined where there is no sensible count of the prompt or of the answer.
 */
export function readUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined;
  const fresh = tokenCount(value.input_tokens);
  const completionTokens = tokenCount(value.output_tokens);
  if (fresh === undefined || completionTokens === undefined) return undefined;
  const cached = tokenCount(value.cache_read_input_tokens);
  const kept = readKept(value);
  const written = tokenCount(value.cache_creation_input_tokens) ?? kept;
  const details = value.output_tokens_details;
  const reasoning = isObject(details) ? tokenCount(details.thinking_tokens) : undefined;
  const promptTokens = tokenCount(fresh + (cached ?? 0) + (written ?? 0));
  if (promptTokens === undefined) return undefined;
  return {
    promptTokens,
    completionTokens,
    totalTokens: promptTokens + completionTokens,
    ...(cached !== undefined && { cachedPromptTokens: cached }),
    ...(written !== undefined && { cacheWriteTokens: written }),
    ...(kept !== undefined && kept > 0 && { cacheWrite1hTokens: Math.min(kept, written ?? kept) }),
    ...(reasoning !== undefined && { reasoningTokens: Math.min(reasoning, completionTokens) }),
  };
}
