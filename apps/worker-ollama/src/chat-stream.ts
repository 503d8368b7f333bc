import { type CallContext, type GenerateReply, type ModelCall, type StreamPart } from '@switchyard/contract';
import { badReply, interrupted, isObject, type JsonObject } from '@switchyard/provider-kit';
import { readChatReply, readToolCall } from './chat-reply.js';
import { toChatRequest } from './chat-request.js';
import { type OllamaConnection } from './connection.js';
import { openLines } from './line-stream.js';
import { type ModelPreparation } from './preparation.js';

/** Streams one answer. A stream is complete with the line that says `done`. */
export async function* streamChat(
  connection: OllamaConnection,
  preparation: Pick<ModelPreparation, 'expectReady'>,
  call: ModelCall,
  context: CallContext,
): AsyncGenerator<StreamPart, void, undefined> {
  const { body, warnings } = toChatRequest(call);
  preparation.expectReady(body.model);
  const lines = await openLines(connection, context, (client) => client.chat({ ...body, stream: true }), {
    isLast: isDone,
  });
  const assembly = new ChatAssembly();
  for await (const line of lines) {
    yield* assembly.add(line);
    if (isDone(line)) {
      yield { type: 'end', reply: assembly.finish(warnings) };
      return;
    }
  }
  throw interrupted();
}

function isDone(line: unknown): boolean {
  return isObject(line) && line.done === true;
}

/** Puts the lines of a stream together to what the same call would have answered at once; one mapping serves both. */
class ChatAssembly {
  private last: JsonObject = {};
  private content = '';
  private thinking = '';
  private readonly toolCalls: unknown[] = [];

  /** @throws ProviderError `bad_response` for a line that is none of an answer. */
  *add(line: JsonObject): Iterable<StreamPart> {
    this.last = line;
    const message = line.message;
    if (!isObject(message)) throw badReply('a line without a message');
    const { content, thinking, tool_calls: calls } = message;
    if (typeof thinking === 'string') this.thinking += thinking;
    if (typeof content === 'string' && content !== '') {
      this.content += content;
      yield { type: 'text-delta', text: content };
    }
    for (const call of Array.isArray(calls) ? calls : []) {
      const index = this.toolCalls.push(call) - 1;
      yield { type: 'tool-call-delta', index, ...readToolCall(call, index) };
    }
  }

  finish(warnings: readonly string[]): GenerateReply {
    const { message: _, ...last } = this.last;
    const message = {
      role: 'assistant',
      content: this.content,
      ...(this.thinking !== '' && { thinking: this.thinking }),
      ...(this.toolCalls.length > 0 && { tool_calls: this.toolCalls }),
    };
    return readChatReply({ ...last, message }, warnings);
  }
}
