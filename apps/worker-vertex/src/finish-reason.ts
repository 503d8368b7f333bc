import { type FinishReason } from '@switchyard/contract';

/** https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse#FinishReason */
const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  /** More of the answer could be asked for, with a token that it came with. */
  CONTINUATION: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  LANGUAGE: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
};

/**
 * Why a model stopped. What has no word of ours is `stop`, and told: a call of a tool that could not be read is no
 * answer that anybody wants to take for one.
 * @param message what the vendor says beside its reason.
 */
export function readFinishReason(
  raw: string | null,
  hasToolCalls: boolean,
  message: unknown,
): { readonly finishReason: FinishReason; readonly warnings: readonly string[] } {
  const known = raw !== null && Object.hasOwn(FINISH_REASONS, raw) ? FINISH_REASONS[raw] : undefined;
  if (known !== undefined && known !== 'stop') return { finishReason: known, warnings: [] };
  const finishReason = hasToolCalls ? 'tool_calls' : 'stop';
  if (known !== undefined || raw === null) return { finishReason, warnings: [] };
  const words = typeof message === 'string' && message !== '' ? `: ${message}` : '.';
  return { finishReason, warnings: [`The model ended its answer with ${raw}${words}`] };
}
