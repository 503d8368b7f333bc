import { type Usage } from '@switchyard/contract';
import { isObject, parseUsage } from '@switchyard/provider-kit';

/**
 * Reads what Vertex AI counted. What the model thought is part of its answer, as it is billed; results of the vendor's
 * own tools are part of the prompt.
 * @returns undefined where there is no sensible count.
 */
export function readUsage(metadata: unknown): Usage | undefined {
  if (!isObject(metadata) || metadata.promptTokenCount === undefined) return undefined;
  return parseUsage({
    prompt_tokens: sum(metadata.promptTokenCount, metadata.toolUsePromptTokenCount),
    completion_tokens: sum(metadata.candidatesTokenCount, metadata.thoughtsTokenCount),
    total_tokens: metadata.totalTokenCount,
    prompt_tokens_details: {
      cached_tokens: metadata.cachedContentTokenCount,
      audio_tokens: tokensOf('AUDIO', metadata.promptTokensDetails),
    },
    completion_tokens_details: { reasoning_tokens: metadata.thoughtsTokenCount },
  });
}

/** What is absent is 0, as Google leaves zeros out; a sum with anything that is no number is none. */
function sum(...counts: readonly unknown[]): number {
  return counts.reduce<number>((total, count) => total + (count === undefined ? 0 : toNumber(count)), 0);
}

function toNumber(count: unknown): number {
  return typeof count === 'number' && count >= 0 ? count : Number.NaN;
}

function tokensOf(modality: string, details: unknown): number | undefined {
  if (!Array.isArray(details)) return undefined;
  return sum(
    ...details.map((detail: unknown) =>
      isObject(detail) && detail.modality === modality ? detail.tokenCount : undefined,
    ),
  );
}
