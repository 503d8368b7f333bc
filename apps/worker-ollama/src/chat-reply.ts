import { type FinishReason, type GenerateReply, type ToolCall } from '@switchyard/contract';
import { badReply, isObject, parseUsage } from '@switchyard/provider-kit';

/**
 * Reads the answer of `POST /api/chat`. What is needed is checked, the rest stays in `raw`; a model's thinking is no
 * content. A reason to be done that says nothing of the answer (`load`, `unload`) means `stop`.
 * @throws ProviderError `bad_response` where there is no answer in it.
 */
export function readChatReply(raw: unknown, warnings: readonly string[]): GenerateReply {
  const message: unknown = isObject(raw) ? raw.message : undefined;
  if (!isObject(raw) || !isObject(message)) throw badReply('no message');
  const { content = '', tool_calls: calls = [] } = message;
  if (typeof content !== 'string') throw badReply('content of an unknown shape');
  if (!Array.isArray(calls)) throw badReply('tool calls of an unknown shape');
  const toolCalls = calls.map(readToolCall);
  const rawFinishReason = typeof raw.done_reason === 'string' ? raw.done_reason : null;
  // A count that is left out is not known: servers have left out that of a prompt which they had cached.
  const usage = parseUsage({ prompt_tokens: raw.prompt_eval_count, completion_tokens: raw.eval_count });
  return {
    content,
    toolCalls,
    finishReason: finishReasonOf(rawFinishReason, toolCalls),
    rawFinishReason,
    ...(usage && { usage }),
    warnings,
    raw,
  };
}

/** A call comes whole. Servers before 0.12 give it no id; it is then named by its place. */
export function readToolCall(call: unknown, index: number): ToolCall {
  const called = isObject(call) ? call.function : undefined;
  if (!isObject(call) || !isObject(called) || typeof called.name !== 'string' || called.name === '') {
    throw badReply('a tool call without a name');
  }
  const { name, arguments: given } = called;
  return {
    id: typeof call.id === 'string' && call.id !== '' ? call.id : `call_${index}`,
    name,
    arguments: typeof given === 'string' ? given : JSON.stringify(given ?? {}),
  };
}

function finishReasonOf(reason: string | null, toolCalls: readonly ToolCall[]): FinishReason {
  if (reason === 'length') return 'length';
  return toolCalls.length > 0 ? 'tool_calls' : 'stop';
}
