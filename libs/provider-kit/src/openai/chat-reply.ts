import { type FinishReason, type GenerateReply, type ToolCall } from '@switchyard/contract';
import { badReply } from '../bad-reply.js';
import { isObject } from '../json.js';
import { parseUsage } from '../parse-usage.js';

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content_filter',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
};

/**
 * Reads a `chat.completion`. What is needed is checked, the rest stays in `raw`. A refusal is content, with the finish
 * reason `content_filter`. A finish reason that OpenAI does not have means `stop`.
 * @throws ProviderError `bad_response` where there is no answer in it.
 */
export function readChatReply(raw: unknown, warnings: readonly string[]): GenerateReply {
  const choice: unknown = isObject(raw) && Array.isArray(raw.choices) ? raw.choices[0] : undefined;
  const message = isObject(choice) ? choice.message : undefined;
  if (!isObject(raw) || !isObject(choice) || !isObject(message)) throw badReply('no message');
  const toolCalls = readToolCalls(message.tool_calls);
  const content = readContent(message.content);
  const refusal = typeof message.refusal === 'string' ? message.refusal : '';
  const rawFinishReason = typeof choice.finish_reason === 'string' ? choice.finish_reason : null;
  const usage = parseUsage(raw.usage);
  return {
    content: content + refusal,
    toolCalls,
    finishReason: readFinishReason(rawFinishReason, toolCalls.length > 0, content === '' && refusal !== ''),
    rawFinishReason,
    ...(usage && { usage }),
    warnings,
    raw,
  };
}

/** The reply to a prompt that the vendor refused to answer for its content. Its tokens are not reported. */
export function filteredReply(raw: unknown, warnings: readonly string[]): GenerateReply {
  return {
    content: '',
    toolCalls: [],
    finishReason: 'content_filter',
    rawFinishReason: 'content_filter',
    warnings: [...warnings, 'The content filter of the provider refused the prompt; nothing was generated.'],
    raw,
  };
}

/** Some servers say `stop` where they mean the tools that they ask for, and all of them where they refuse. */
function readFinishReason(raw: string | null, hasToolCalls: boolean, isRefusal: boolean): FinishReason {
  const reason = raw !== null && Object.hasOwn(FINISH_REASONS, raw) ? FINISH_REASONS[raw] : undefined;
  if (reason !== undefined && reason !== 'stop') return reason;
  if (isRefusal) return 'content_filter';
  return hasToolCalls ? 'tool_calls' : 'stop';
}

/** Text, nothing beside tool calls, or a list of parts, as a few servers of the dialect answer. */
function readContent(content: unknown): string {
  if (typeof content === 'string') return content;
  if (content === null || content === undefined) return '';
  if (!Array.isArray(content)) throw badReply('content of an unknown shape');
  return content.map((part: unknown) => (isObject(part) && typeof part.text === 'string' ? part.text : '')).join('');
}

function readToolCalls(calls: unknown): ToolCall[] {
  if (calls === null || calls === undefined) return [];
  if (!Array.isArray(calls)) throw badReply('tool calls of an unknown shape');
  return calls.map((call: unknown, index) => {
    const called = isObject(call) ? call.function : undefined;
    if (!isObject(call) || !isObject(called) || typeof called.name !== 'string')
      throw badReply('a tool call without a name');
    const { name, arguments: given } = called;
    return {
      id: typeof call.id === 'string' && call.id !== '' ? call.id : `call_${index}`,
      name,
      arguments: typeof given === 'string' ? given : JSON.stringify(given ?? {}),
    };
  });
}
