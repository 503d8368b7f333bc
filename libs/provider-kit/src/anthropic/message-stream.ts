import { type GenerateReply, ProviderError, type StreamPart } from '@switchyard/contract';
import { interrupted } from '../interrupted.js';
import { isObject, type JsonObject, parseJson } from '../json.js';
import { readMessage } from './message-reply.js';

/** A block of content on its way. */
interface OpenBlock {
  readonly fields: Record<string, unknown>;
  /** Arguments of a tool call, as JSON text. */
  json: string;
  /** Joined with the rest at the end: a copy for each would cost the square of their number. */
  readonly citations: unknown[];
  /** Its place among the tool calls; absent for other blocks. */
  readonly toolIndex?: number;
}

/**
 * Puts the events of a stream together to the message that the same call would have answered without streaming, and says
 * on the way what is new in each (https://platform.claude.com/docs/en/build-with-claude/streaming). One mapping then
 * serves both.
 */
export class MessageAssembly {
  private message: JsonObject | undefined;
  private readonly blocks = new Map<number, OpenBlock>();
  private tools = 0;

  /** @throws ProviderError `bad_response` for an event that is none. */
  add(event: unknown): StreamPart[] {
    if (!isObject(event)) {
      throw new ProviderError('bad_response', 'An event of the stream of the provider is not an object.');
    }
    switch (event.type) {
      case 'message_start':
        if (isObject(event.message)) this.message = event.message;
        return [];
      case 'content_block_start':
        return this.open(placeOf(event), isObject(event.content_block) ? event.content_block : {});
      case 'content_block_delta':
        return this.extend(this.blocks.get(placeOf(event)), isObject(event.delta) ? event.delta : {});
      case 'content_block_stop':
        return this.complete(this.blocks.get(placeOf(event)));
      case 'message_delta':
        this.amend(event);
        return [];
      default:
        // `ping`, and whatever the vendor adds.
        return [];
    }
  }

  /**
   * The whole reply.
   * @throws ProviderError `stream_interrupted` when the model has not said why it stopped.
   */
  finish(warnings: readonly string[]): GenerateReply {
    if (!this.message || typeof this.message.stop_reason !== 'string') throw interrupted();
    const written = new Map<number, string>();
    const blocks = [...this.blocks].sort(([one], [other]) => one - other).map(([, block]) => block);
    const content = blocks.map(({ fields, json, citations }, index) => {
      if (citations.length > 0) return { ...fields, citations: [...listOf(fields['citations']), ...citations] };
      if (json === '') return fields;
      written.set(index, json);
      return { ...fields, input: parseJson(json) ?? json };
    });
    return readMessage({ ...this.message, content }, warnings, written);
  }

  private open(place: number, fields: JsonObject): StreamPart[] {
    if (fields.type !== 'tool_use') {
      this.blocks.set(place, { fields: { ...fields }, json: '', citations: [] });
      return typeof fields.text === 'string' && fields.type === 'text' ? toText(fields.text) : [];
    }
    const { id, name } = fields;
    const index = this.tools;
    this.tools += 1;
    this.blocks.set(place, { fields: { ...fields }, json: '', citations: [], toolIndex: index });
    return [
      {
        type: 'tool-call-delta',
        index,
        ...(typeof id === 'string' && { id }),
        ...(typeof name === 'string' && { name }),
      },
    ];
  }

  private extend(block: OpenBlock | undefined, delta: JsonObject): StreamPart[] {
    if (!block) return [];
    const { fields } = block;
    switch (delta.type) {
      case 'text_delta':
        append(fields, 'text', delta.text);
        return typeof delta.text === 'string' ? toText(delta.text) : [];
      case 'input_json_delta':
        return typeof delta.partial_json === 'string' ? this.extendInput(block, delta.partial_json) : [];
      case 'thinking_delta':
        append(fields, 'thinking', delta.thinking);
        return [];
      case 'signature_delta':
        append(fields, 'signature', delta.signature);
        return [];
      case 'citations_delta':
        block.citations.push(delta.citation);
        return [];
      default:
        return [];
    }
  }

  private extendInput(block: OpenBlock, text: string): StreamPart[] {
    block.json += text;
    return block.toolIndex === undefined || text === ''
      ? []
      : [{ type: 'tool-call-delta', index: block.toolIndex, arguments: text }];
  }

  /** A tool without arguments gets none written: they are what its block began with. */
  private complete(block: OpenBlock | undefined): StreamPart[] {
    if (block?.toolIndex === undefined || block.json !== '') return [];
    return this.extendInput(block, JSON.stringify(block.fields['input'] ?? {}));
  }

  /** Counts of usage are cumulative; what is left out, or null, is as it was. */
  private amend({ delta, usage }: JsonObject): void {
    if (!this.message) return;
    const before = isObject(this.message.usage) ? this.message.usage : {};
    const told = Object.entries(isObject(usage) ? usage : {}).filter(([, count]) => count !== null);
    this.message = {
      ...this.message,
      ...(isObject(delta) && delta),
      ...(told.length > 0 && { usage: { ...before, ...Object.fromEntries(told) } }),
    };
  }
}

function placeOf({ index }: JsonObject): number {
  return typeof index === 'number' ? index : 0;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function append(fields: Record<string, unknown>, name: string, text: unknown): void {
  if (typeof text !== 'string') return;
  fields[name] = `${typeof fields[name] === 'string' ? fields[name] : ''}${text}`;
}

function toText(text: string): StreamPart[] {
  return text === '' ? [] : [{ type: 'text-delta', text }];
}
