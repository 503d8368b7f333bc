import type Anthropic from '@anthropic-ai/sdk';
import { type Message, type ModelRequest, type ToolCall } from '@switchyard/contract';
import { isObject, parseJson } from '../json.js';
import { hasMedia, systemText, textOf } from '../system-text.js';
import { isBlank, type PartBlock, refusal, toPartBlock } from './parts.js';

type Block = PartBlock | Anthropic.ToolUseBlockParam | Anthropic.ToolResultBlockParam;

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly blocks: Block[];
}

interface Conversation {
  /** What stands before the conversation; empty where nothing does. */
  readonly system: string;
  readonly messages: Anthropic.MessageParam[];
  readonly warnings: readonly string[];
}

/**
 * The conversation of a request. The dialect knows two roles that take turns: what a tool answered is the user's, and
 * turns of one role that follow each other are one. System turns stand before the rest.
 * @throws ProviderError `invalid_request` where there is nothing to answer, or what the dialect cannot say.
 */
export function toConversation(request: ModelRequest, takesImageUrls: boolean): Conversation {
  const given: readonly Message[] = request.messages ?? [{ role: 'user', content: request.prompt ?? '' }];
  const turns: Turn[] = [];
  for (const message of given) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const blocks = toBlocks(message, takesImageUrls);
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...blocks);
    else if (blocks.length > 0) turns.push({ role, blocks });
  }
  if (turns.length === 0) throw refusal('The request holds nothing that a model could answer; add a text to it.');
  return { system: toSystem(request, given), messages: turns.map(toMessage), warnings: warningsOf(given) };
}

function toSystem(request: ModelRequest, given: readonly Message[]): string {
  const texts = given.filter(({ role }) => role === 'system').map(({ content }) => textOf(content));
  // Without a system prompt of its own, the conversation's takes its place.
  const opening = request.systemPrompt === undefined && given[0]?.role === 'system' ? texts.shift() : undefined;
  return [systemText(request, opening), ...texts].filter((text) => !isBlank(text)).join('\n\n');
}

function warningsOf(given: readonly Message[]): string[] {
  const warnings: string[] = [];
  const opening = given.findIndex(({ role }) => role !== 'system');
  if (given.slice(Math.max(opening, 0)).some(({ role }) => role === 'system')) {
    warnings.push('System turns inside the conversation were moved before it: this provider knows no others.');
  }
  if (given.some(({ role, content }) => (role === 'system' || role === 'assistant') && hasMedia(content))) {
    warnings.push(
      'Images, audio and files in turns of the system or the assistant are not supported by this provider.',
    );
  }
  const parts = given.flatMap(({ content }) => (typeof content === 'object' ? (content ?? []) : []));
  if (parts.some((part) => part.type === 'image_url' && (part.image_url.detail ?? 'auto') !== 'auto')) {
    warnings.push('image_url.detail is not supported by this provider and was left out.');
  }
  return warnings;
}

function toBlocks(message: Message, takesImageUrls: boolean): Block[] {
  const { role, content } = message;
  if (role === 'assistant') {
    const text = textOf(content);
    return [...(isBlank(text) ? [] : [toText(text)]), ...(message.toolCalls ?? []).map(toToolUse)];
  }
  const parts =
    typeof content === 'string' ? [toText(content)] : (content ?? []).map((part) => toPartBlock(part, takesImageUrls));
  const blocks = parts.filter((block) => block.type !== 'text' || !isBlank(block.text));
  return role === 'tool' ? [toToolResult(message.toolCallId ?? '', blocks)] : blocks;
}

function toText(text: string): Anthropic.TextBlockParam {
  return { type: 'text', text };
}

function toToolUse({ id, name, arguments: text }: ToolCall): Anthropic.ToolUseBlockParam {
  const input = isBlank(text) ? {} : parseJson(text);
  if (isObject(input)) return { type: 'tool_use', id, name, input };
  throw refusal(`The arguments of the tool call ${name} are no JSON object, as this provider needs them to be.`);
}

function toToolResult(tool_use_id: string, blocks: PartBlock[]): Anthropic.ToolResultBlockParam {
  const content = plainest(blocks);
  return { type: 'tool_result', tool_use_id, ...(content.length > 0 && { content }) };
}

/** What tools answered must stand first in its turn; the last text of the assistant may not end in white space. */
function toMessage({ role, blocks }: Turn, index: number, turns: readonly Turn[]): Anthropic.MessageParam {
  const results = blocks.filter(({ type }) => type === 'tool_result');
  const ordered = results.length === 0 ? blocks : [...results, ...blocks.filter(({ type }) => type !== 'tool_result')];
  const last = ordered.at(-1);
  if (role === 'assistant' && index === turns.length - 1 && last?.type === 'text') {
    return { role, content: plainest([...ordered.slice(0, -1), toText(last.text.trimEnd())]) };
  }
  return { role, content: plainest(ordered) };
}

/** A single text needs no list. */
function plainest<Any extends Block>(blocks: Any[]): string | Any[] {
  const [first] = blocks;
  return blocks.length === 1 && first?.type === 'text' ? first.text : blocks;
}
