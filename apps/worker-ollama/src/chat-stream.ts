import { type ReadableStream } from 'node:stream/web';
import {
  type CallContext,
  type GenerateReply,
  type ModelCall,
  ProviderError,
  type StreamPart,
} from '@switchyard/contract';
import { badReply, interrupted, isObject, type JsonObject, readJsonLines } from '@switchyard/provider-kit';
import { readChatReply, readToolCall } from './chat-reply.js';
import { toChatRequest } from './chat-request.js';
import { type OllamaConnection } from './connection.js';

/** Streams one answer. A stream is complete with the line that says `done`. */
export async function* streamChat(
  connection: OllamaConnection,
  call: ModelCall,
  context: CallContext,
): AsyncGenerator<StreamPart, void, undefined> {
  const { body, warnings } = toChatRequest(call);
  const lines = await openLines(connection, context, (client) => client.chat({ ...body, stream: true }));
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

/**
 * Runs a call that is answered with JSON lines.
 * @returns them, each an object. They reject with what a stream of the contract rejects with, errors in a line included.
 */
async function openLines(
  connection: OllamaConnection,
  context: CallContext,
  call: Parameters<OllamaConnection['send']>[1],
): Promise<AsyncGenerator<JsonObject, void, undefined>> {
  const response = await connection.send(context, call);
  const stream: ReadableStream<Uint8Array> | null = response.body;
  if (!stream || !response.headers.get('content-type')?.includes('ndjson')) {
    await connection.readJson(response, context.signal);
    throw new ProviderError('bad_response', 'The provider did not answer with a stream.');
  }
  return readLines(connection, context, stream);
}

async function* readLines(
  connection: OllamaConnection,
  { signal }: CallContext,
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<JsonObject, void, undefined> {
  try {
    for await (const line of readJsonLines(stream, isDone)) {
      signal.throwIfAborted();
      if (!isObject(line)) throw badReply('a line that is no object');
      if (line.error != null) throw connection.toErrorInBody(line, 'stream_interrupted');
      yield line;
    }
  } catch (error) {
    const failure = connection.toFailure(error, signal);
    throw failure instanceof ProviderError && failure.code === 'network' ? interrupted() : failure;
  }
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
