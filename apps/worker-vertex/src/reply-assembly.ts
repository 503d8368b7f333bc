import { type GenerateReply, type StreamPart } from '@switchyard/contract';
import { badReply, interrupted, isObject, type JsonObject } from '@switchyard/provider-kit';
import { isToolCall, partsOf, readBlockReason, readGenerateReply, readToolCall, textOfPart } from './generate-reply.js';
import { readUsage } from './read-usage.js';

/**
 * Puts the chunks of a stream together to the answer that the same call would have had without streaming, and says on
 * the way what is new in each. One reading then serves both.
 */
export class ReplyAssembly {
  private head: JsonObject = {};
  private candidate: JsonObject = {};
  private readonly parts: JsonObject[] = [];
  private calls = 0;
  private usage: unknown;

  /** @throws ProviderError `bad_response` for a chunk that is none. */
  add(chunk: unknown): StreamPart[] {
    if (!isObject(chunk)) throw badReply('an event that is no object');
    const { candidates, usageMetadata, ...head } = chunk;
    this.head = { ...this.head, ...head };
    // Each chunk may count anew; the last sensible count holds.
    if (this.usage === undefined || readUsage(usageMetadata)) this.usage = usageMetadata ?? this.usage;
    const candidate: unknown = Array.isArray(candidates) ? candidates[0] : undefined;
    if (!isObject(candidate)) return [];
    const { content: _content, ...rest } = candidate;
    this.candidate = { ...this.candidate, ...rest };
    return partsOf(candidate).flatMap((part) => this.addPart(part));
  }

  /**
   * The whole reply.
   * @throws ProviderError `stream_interrupted` when the vendor has not said why its answer ends. Its streams have no
   * other end.
   */
  finish(warnings: readonly string[]): GenerateReply {
    const isFinished = typeof this.candidate.finishReason === 'string';
    if (!isFinished && readBlockReason(this.head.promptFeedback) === undefined) throw interrupted();
    const candidates = [{ content: { role: 'model', parts: this.parts }, ...this.candidate }];
    const usage = this.usage === undefined ? {} : { usageMetadata: this.usage };
    return readGenerateReply({ ...(isFinished && { candidates }), ...usage, ...this.head }, warnings);
  }

  private addPart(part: JsonObject): StreamPart[] {
    this.keep(part);
    const text = textOfPart(part);
    if (text !== '') return [{ type: 'text-delta', text }];
    if (!isToolCall(part)) return [];
    const index = this.calls;
    this.calls += 1;
    return [{ type: 'tool-call-delta', index, ...readToolCall(part, index, this.head.responseId) }];
  }

  /** Pieces of one text become one part. */
  private keep(part: JsonObject): void {
    const last = this.parts.at(-1);
    const goesOn = last !== undefined && isPlainText(last) && isPlainText(part) && last.thought === part.thought;
    if (goesOn) this.parts[this.parts.length - 1] = { ...last, text: `${String(last.text)}${String(part.text)}` };
    else this.parts.push(part);
  }
}

function isPlainText(part: JsonObject): boolean {
  return typeof part.text === 'string' && part.thoughtSignature === undefined;
}
