import { type ReadableStream } from 'node:stream/web';
import { type CallContext, ProviderError } from '@switchyard/contract';
import {
  badReply,
  type ErrorInBody,
  interrupted,
  isObject,
  type JsonObject,
  readJsonLines,
} from '@switchyard/provider-kit';
import { type OllamaConnection } from './connection.js';

interface LineReading {
  /** By which the server says that it is done. */
  readonly isLast: (line: unknown) => boolean;
  /** What an error in a line means. Default `stream_interrupted`. */
  readonly error?: ErrorInBody;
}

/**
 * Runs a call that is answered with JSON lines.
 * @returns them, each an object. They reject with what a stream of the contract rejects with, errors in a line included.
 */
export async function openLines(
  connection: OllamaConnection,
  context: CallContext,
  call: Parameters<OllamaConnection['send']>[1],
  reading: LineReading,
): Promise<AsyncGenerator<JsonObject, void, undefined>> {
  const response = await connection.send(context, call);
  const stream: ReadableStream<Uint8Array> | null = response.body;
  if (!stream || !response.headers.get('content-type')?.includes('ndjson')) {
    await connection.readJson(response, context.signal);
    throw new ProviderError('bad_response', 'The provider did not answer with a stream.');
  }
  return readLines(connection, context, stream, reading);
}

async function* readLines(
  connection: OllamaConnection,
  { signal }: CallContext,
  stream: ReadableStream<Uint8Array>,
  { isLast, error: meaning = 'stream_interrupted' }: LineReading,
): AsyncGenerator<JsonObject, void, undefined> {
  try {
    for await (const line of readJsonLines(stream, isLast)) {
      signal.throwIfAborted();
      if (!isObject(line)) throw badReply('a line that is no object');
      if (line.error != null) throw connection.toErrorInBody(line, meaning);
      yield line;
    }
  } catch (error) {
    const failure = connection.toFailure(error, signal);
    throw failure instanceof ProviderError && failure.code === 'network' ? interrupted() : failure;
  }
}
