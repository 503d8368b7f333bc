import { type GenerateReply, ProviderError, type StreamPart } from '@switchyard/contract';
import { interrupted } from '../interrupted.js';
import { isObject, type JsonObject } from '../json.js';
import { parseUsage } from '../parse-usage.js';
import { readChatReply } from './chat-reply.js';

interface ToolCallInProgress {
  id: string;
  name: string;
  arguments: string;
}

/**
 * Puts the chunks of a stream together to the `chat.completion` that the same call would have answered without
 * streaming, and says on the way what is new in each. One mapping then serves both.
 */
export class ChatAssembly {
  private readonly head = new Map<string, unknown>();
  private content = '';
  private refusal = '';
  private readonly toolCalls = new Map<number, ToolCallInProgress>();
  /** Where the call of an id is: a stream may hold very many, and each piece is looked up. */
  private readonly indexes = new Map<string, number>();
  private finishReason: string | undefined;
  private usage: unknown;

  /** @throws ProviderError `bad_response` for a chunk that is none. */
  add(chunk: unknown): StreamPart[] {
    if (!isObject(chunk))
      throw new ProviderError('bad_response', 'An event of the stream of the provider is not an object.');
    const { choices, usage = usageOfGroq(chunk), ...head } = chunk;
    for (const [name, value] of Object.entries(head)) this.head.set(name, value);
    // Usage that is repeated is cumulative; the last sensible one holds.
    if (this.usage === undefined || parseUsage(usage)) this.usage = usage ?? this.usage;
    const choice: unknown = Array.isArray(choices) ? choices.find(isFirstChoice) : undefined;
    if (!isObject(choice)) return [];
    if (typeof choice.finish_reason === 'string') this.finishReason = choice.finish_reason;
    return isObject(choice.delta) ? this.addDelta(choice.delta) : [];
  }

  /**
   * The whole reply.
   * @throws ProviderError `stream_interrupted` when the model has not said that it is done.
   */
  finish(warnings: readonly string[]): GenerateReply {
    if (this.finishReason === undefined) throw interrupted();
    const calls = [...this.toolCalls].sort(([one], [other]) => one - other);
    const message = {
      role: 'assistant',
      content: this.content === '' && (calls.length > 0 || this.refusal !== '') ? null : this.content,
      ...(this.refusal !== '' && { refusal: this.refusal }),
      ...(calls.length > 0 && {
        tool_calls: calls.map(([, { id, ...called }]) => ({ id, type: 'function', function: called })),
      }),
    };
    const choices = [{ index: 0, message, finish_reason: this.finishReason }];
    const usage = this.usage === undefined ? {} : { usage: this.usage };
    return readChatReply({ ...Object.fromEntries(this.head), object: 'chat.completion', choices, ...usage }, warnings);
  }

  private addDelta(delta: JsonObject): StreamPart[] {
    const parts: StreamPart[] = [];
    if (typeof delta.content === 'string' && delta.content !== '') {
      this.content += delta.content;
      parts.push({ type: 'text-delta', text: delta.content });
    }
    if (typeof delta.refusal === 'string' && delta.refusal !== '') {
      this.refusal += delta.refusal;
      parts.push({ type: 'text-delta', text: delta.refusal });
    }
    for (const call of Array.isArray(delta.tool_calls) ? delta.tool_calls : []) {
      if (isObject(call)) parts.push(this.addToolCall(call));
    }
    return parts;
  }

  private addToolCall(delta: JsonObject): StreamPart {
    const index = this.indexOf(delta);
    const called = isObject(delta.function) ? delta.function : {};
    const call = this.toolCalls.get(index) ?? { id: '', name: '', arguments: '' };
    this.toolCalls.set(index, call);
    // Some servers repeat id and name with every piece of the arguments.
    const id = call.id === '' && typeof delta.id === 'string' ? delta.id : '';
    const name = call.name === '' && typeof called.name === 'string' ? called.name : '';
    const text = typeof called.arguments === 'string' ? called.arguments : '';
    call.id += id;
    if (id !== '' && !this.indexes.has(id)) this.indexes.set(id, index);
    call.name += name;
    call.arguments += text;
    return {
      type: 'tool-call-delta',
      index,
      ...(id !== '' && { id }),
      ...(name !== '' && { name }),
      ...(text !== '' && { arguments: text }),
    };
  }

  /** Servers that send each call whole leave its index out: a new id is then a new call, and none goes on with the last. */
  private indexOf(delta: JsonObject): number {
    if (Number.isSafeInteger(delta.index) && Number(delta.index) >= 0) return Number(delta.index);
    if (typeof delta.id !== 'string' || delta.id === '') return Math.max(0, this.toolCalls.size - 1);
    return this.indexes.get(delta.id) ?? this.toolCalls.size;
  }
}

/** Groq's own place for it, in the last chunk, where it was not asked for in OpenAI's way. */
function usageOfGroq({ x_groq: own }: JsonObject): unknown {
  return isObject(own) ? own.usage : undefined;
}

function isFirstChoice(choice: unknown): boolean {
  return isObject(choice) && (choice.index === 0 || choice.index === undefined);
}
