import { type FinishReason, type GenerateReply, type ToolCall } from '@switchyard/contract';
import { badReply } from '../bad-reply.js';
import { isObject } from '../json.js';
import { readUsage } from './usage.js';

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  /** A long turn that the vendor has paused between tools of its own. */
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

/**
 * Reads a message. What is needed is checked, the rest stays in `raw`, thinking too. A stop reason that Anthropic does
 * not document means `stop`.
 * @param written the arguments of tool calls as the model wrote them, by the place of their block, where that is known.
 * @throws ProviderError `bad_response` where there is no answer in it.
 */
export function readMessage(
  raw: unknown,
  warnings: readonly string[],
  written: ReadonlyMap<number, string> = new Map(),
): GenerateReply {
  const blocks: unknown = isObject(raw) ? raw.content : undefined;
  if (!isObject(raw) || !Array.isArray(blocks)) throw badReply('no content');
  let content = '';
  const toolCalls: ToolCall[] = [];
  for (const [index, block] of blocks.entries()) {
    if (!isObject(block)) throw badReply('content of an unknown shape');
    if (block.type === 'text' && typeof block.text === 'string') content += block.text;
    else if (block.type === 'tool_use') toolCalls.push(readToolCall(block, toolCalls.length, written.get(index)));
  }
  const rawFinishReason = typeof raw.stop_reason === 'string' ? raw.stop_reason : null;
  const usage = readUsage(raw.usage);
  return {
    content,
    toolCalls,
    finishReason: readFinishReason(rawFinishReason, toolCalls.length > 0),
    rawFinishReason,
    ...(usage && { usage }),
    warnings,
    raw,
  };
}

function readFinishReason(raw: string | null, hasToolCalls: boolean): FinishReason {
  const reason = raw !== null && Object.hasOwn(FINISH_REASONS, raw) ? FINISH_REASONS[raw] : undefined;
  return reason ?? (hasToolCalls ? 'tool_calls' : 'stop');
}

function readToolCall(block: Readonly<Record<string, unknown>>, index: number, written: string | undefined): ToolCall {
  const { id, name, input } = block;
  if (typeof name !== 'string') throw badReply('a tool call without a name');
  return {
    id: typeof id === 'string' && id !== '' ? id : `call_${index}`,
    name,
    arguments: written ?? JSON.stringify(input ?? {}),
  };
}
