import { type GenerateReply, type ToolCall } from '@switchyard/contract';
import { badReply, isObject, type JsonObject } from '@switchyard/provider-kit';
import { readFinishReason } from './finish-reason.js';
import { readUsage } from './read-usage.js';

/**
 * Reads a `GenerateContentResponse`. What is needed is checked, the rest stays in `raw`. A prompt that the vendor blocked
 * is an answer without content, whose finish reason is `content_filter`. What the model thought is no content.
 * @throws ProviderError `bad_response` where there is no answer in it.
 */
export function readGenerateReply(raw: unknown, warnings: readonly string[]): GenerateReply {
  if (!isObject(raw)) throw badReply('no candidate');
  const usage = readUsage(raw.usageMetadata);
  const rest = { ...(usage && { usage }), raw };
  const candidate: unknown = Array.isArray(raw.candidates) ? raw.candidates[0] : undefined;
  if (candidate === undefined) {
    const blocked = readBlockReason(raw.promptFeedback);
    if (blocked === undefined) throw badReply('no candidate');
    return {
      content: '',
      toolCalls: [],
      finishReason: 'content_filter',
      rawFinishReason: blocked.reason,
      warnings: [...warnings, ...blocked.warnings],
      ...rest,
    };
  }
  if (!isObject(candidate)) throw badReply('a candidate that is none');
  const parts = partsOf(candidate);
  const rawFinishReason = typeof candidate.finishReason === 'string' ? candidate.finishReason : null;
  if (candidate.content === undefined && rawFinishReason === null) throw badReply('a candidate without content');
  const toolCalls = parts.filter(isToolCall).map((part, index) => readToolCall(part, index, raw.responseId));
  const finish = readFinishReason(rawFinishReason, toolCalls.length > 0, candidate.finishMessage);
  return {
    content: parts.map(textOfPart).join(''),
    toolCalls,
    finishReason: finish.finishReason,
    rawFinishReason,
    warnings: [...warnings, ...finish.warnings],
    ...rest,
  };
}

/** Why the vendor did not let the model see the prompt. */
export function readBlockReason(
  feedback: unknown,
): { readonly reason: string; readonly warnings: readonly string[] } | undefined {
  if (!isObject(feedback) || typeof feedback.blockReason !== 'string') return undefined;
  const { blockReason: reason, blockReasonMessage: message } = feedback;
  return { reason, warnings: typeof message === 'string' ? [`The provider blocked the prompt: ${message}`] : [] };
}

/** The parts of a candidate's content; none where it was stopped before the first. */
export function partsOf(candidate: JsonObject): readonly JsonObject[] {
  const parts: unknown = isObject(candidate.content) ? candidate.content.parts : undefined;
  if (parts === undefined) return [];
  if (!Array.isArray(parts) || !parts.every(isObject)) throw badReply('content of an unknown shape');
  return parts;
}

/** What a part adds to the answer's text. */
export function textOfPart(part: JsonObject): string {
  return typeof part.text === 'string' && part.thought !== true ? part.text : '';
}

/** Whether a part is the call of a tool. */
export function isToolCall(part: JsonObject): boolean {
  return part.functionCall !== undefined;
}

/**
 * The call of a tool in a part of an answer. Gemini gives it no id that it would want back; so it gets one unlike those of
 * any other answer.
 * @param index its place among the calls of its answer.
 */
export function readToolCall(
  { functionCall, thoughtSignature }: JsonObject,
  index: number,
  responseId: unknown,
): ToolCall {
  if (!isObject(functionCall) || typeof functionCall.name !== 'string') throw badReply('a tool call without a name');
  return {
    id: typeof responseId === 'string' ? `call_${responseId}_${index}` : `call_${index}`,
    name: functionCall.name,
    arguments: JSON.stringify(functionCall.args ?? {}),
    ...(typeof thoughtSignature === 'string' && { signature: thoughtSignature }),
  };
}
