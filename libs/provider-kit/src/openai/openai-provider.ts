import { type ReadableStream } from 'node:stream/web';
import {
  type CallContext,
  type ListedModel,
  type ModelCall,
  type Provider,
  ProviderError,
  type ProviderSettings,
  type StreamPart,
} from '@switchyard/contract';
import { findAvailability } from '../availability.js';
import { interrupted } from '../interrupted.js';
import { isObject, parseJson } from '../json.js';
import { readServerSentEvents } from '../server-sent-events.js';
import { readChatReply } from './chat-reply.js';
import { toChatRequest } from './chat-request.js';
import { ChatAssembly } from './chat-stream.js';
import { OpenAiConnection } from './connection.js';
import { readEmbeddings, toEmbeddingRequest } from './embeddings.js';
import { readImages, toImageRequest } from './images.js';
import { type Dialect, maxTokensParameter, type OpenAiQuirks } from './quirks.js';

/** By which the dialect ends a stream that is complete. */
const DONE = '[DONE]';

/**
 * A provider that speaks OpenAI's dialect (https://platform.openai.com/docs/api-reference), over the official client.
 * @throws Error that names the setting at fault: no base URL, or OpenAI's own without a key.
 */
export function createOpenAiProvider(settings: ProviderSettings, quirks: OpenAiQuirks): Provider {
  const connection = new OpenAiConnection(settings, quirks);
  const dialect: Dialect = {
    kind: settings.kind,
    embeddingEncoding: quirks.embeddingEncoding ?? 'float',
    maxTokensParameter: quirks.maxTokensParameter ?? maxTokensParameter,
  };

  async function listModels(context: CallContext): Promise<readonly ListedModel[]> {
    return readModels(await connection.sendForJson(context, (client, options) => client.models.list(options)));
  }

  return {
    auth: connection.auth,

    async generate(call, context) {
      const { body, warnings } = toChatRequest(call, dialect);
      const raw = await connection.sendForJson(context, (client, options) =>
        client.chat.completions.create({ ...body, stream: false }, options),
      );
      return readChatReply(raw, warnings);
    },

    stream: (call, context) => streamChat(connection, call, dialect, context),

    async embed(call, context) {
      const { body, warnings } = toEmbeddingRequest(call, dialect);
      const raw = await connection.sendForJson(context, (client, options) => client.embeddings.create(body, options));
      return readEmbeddings(raw, body.input.length, warnings);
    },

    async image(call, context) {
      const { body, warnings } = toImageRequest(call, dialect);
      const raw = await connection.sendForJson(context, (client, options) => client.images.generate(body, options));
      return readImages(raw, warnings);
    },

    isAvailable: (context) => findAvailability(context, listModels),

    async getModelInfo(providerModel, context) {
      try {
        const raw = await connection.sendForJson(context, (client, options) =>
          client.models.retrieve(providerModel, options),
        );
        if (isObject(raw) && typeof raw.id === 'string') return { id: raw.id };
      } catch (error) {
        if (!(error instanceof ProviderError && error.code === 'model_unavailable')) throw error;
      }
      // Servers that only list their models answer 404 to a question for one, whichever it is.
      return (await listModels(context)).find(({ id }) => id === providerModel);
    },

    listModels,

    close: () => connection.close(),
  };
}

async function* streamChat(
  connection: OpenAiConnection,
  call: ModelCall,
  dialect: Dialect,
  context: CallContext,
): AsyncGenerator<StreamPart, void, undefined> {
  const { body, warnings } = toChatRequest(call, dialect);
  const response = await connection.send(context, (client, options) =>
    client.chat.completions.create({ ...body, stream: true, stream_options: { include_usage: true } }, options),
  );
  const stream: ReadableStream<Uint8Array> | null = response.body;
  if (!stream || !response.headers.get('content-type')?.includes('text/event-stream')) {
    await connection.readJson(response, context.signal);
    throw new ProviderError('bad_response', 'The provider did not answer with a stream.');
  }
  const assembly = new ChatAssembly();
  try {
    for await (const event of readServerSentEvents(stream, ({ data }) => data === DONE)) {
      context.signal.throwIfAborted();
      if (event.data === DONE) {
        yield { type: 'end', reply: assembly.finish(warnings) };
        return;
      }
      const chunk = parseJson(event.data);
      if (event.event === 'error' || (isObject(chunk) && chunk.error != null)) {
        throw connection.toErrorInBody(chunk, 'stream_interrupted');
      }
      yield* assembly.add(chunk);
    }
  } catch (error) {
    const failure = connection.toFailure(error, context.signal);
    throw failure instanceof ProviderError && failure.code === 'network' ? interrupted() : failure;
  }
  throw interrupted();
}

/** @throws ProviderError `bad_response` for what is no list of models. */
function readModels(raw: unknown): readonly ListedModel[] {
  const data: unknown = isObject(raw) ? raw.data : undefined;
  // Ollama's list is null while it has none.
  if (data === null) return [];
  if (!Array.isArray(data)) throw new ProviderError('bad_response', 'The answer of the provider is no list of models.');
  return data.flatMap((model: unknown) => (isObject(model) && typeof model.id === 'string' ? [{ id: model.id }] : []));
}
