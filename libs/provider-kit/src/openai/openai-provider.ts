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
import { isObject, type JsonObject, parseJson } from '../json.js';
import { readServerSentEvents } from '../server-sent-events.js';
import { filteredReply, readChatReply } from './chat-reply.js';
import { toChatRequest } from './chat-request.js';
import { ChatAssembly } from './chat-stream.js';
import { type Ask, FilteredPrompt, OpenAiConnection } from './connection.js';
import { readEmbeddings, toEmbeddingRequest } from './embeddings.js';
import { readImages, toImageRequest } from './images.js';
import { type Dialect, type OpenAiQuirks, toDialect } from './quirks.js';

/** By which the dialect ends a stream that is complete. */
const DONE = '[DONE]';

/** All that the dialect can do. An adapter whose vendor can do less leaves methods out. */
export type OpenAiProvider = Provider & Required<Pick<Provider, 'generate' | 'stream' | 'embed' | 'image'>>;

/** The same provider without methods that its vendor has nothing for. */
export function withoutMethods<Name extends 'embed' | 'image'>(
  provider: OpenAiProvider,
  ...names: readonly Name[]
): Omit<OpenAiProvider, Name> {
  const entries = Object.entries(provider).filter(([method]) => !names.some((name) => name === method));
  return Object.fromEntries(entries) as unknown as Omit<OpenAiProvider, Name>;
}

/**
 * A provider that speaks OpenAI's dialect (https://platform.openai.com/docs/api-reference), over the official client.
 * @throws Error that names the setting at fault: no base URL, or OpenAI's own without a key.
 */
export function createOpenAiProvider(settings: ProviderSettings, quirks: OpenAiQuirks): OpenAiProvider {
  const connection = new OpenAiConnection(settings, quirks);
  const dialect = toDialect(settings.kind, quirks);
  const { modelsBy = 'each' } = quirks;

  async function listModels(context: CallContext): Promise<readonly ListedModel[]> {
    const operation = 'models';
    return readModels(
      await connection.sendForJson({ context, operation, ask: (client, options) => client.models.list(options) }),
    );
  }

  /** @returns undefined where the server does not know it, or knows no question for one model. */
  async function findModel(model: string, context: CallContext): Promise<ListedModel | undefined> {
    const ask: Ask = (client, options) => client.models.retrieve(model, options);
    try {
      const raw = await connection.sendForJson({ context, operation: 'model', model, ask });
      return isObject(raw) && typeof raw.id === 'string' ? { id: raw.id } : undefined;
    } catch (error) {
      if (error instanceof ProviderError && error.code === 'model_unavailable') return undefined;
      throw error;
    }
  }

  return {
    auth: connection.auth,

    async generate(call, context) {
      const { body, warnings } = toChatRequest(call, dialect);
      const ask: Ask = (client, options) => client.chat.completions.create({ ...body, stream: false }, options);
      const response = await connection.sendChat({ context, operation: 'chat', model: call.providerModel, ask });
      if (response instanceof FilteredPrompt) return filteredReply(response.raw, warnings);
      return readChatReply(await connection.readJson(response, context.signal), warnings);
    },

    stream: (call, context) => streamChat(connection, call, dialect, context),

    async embed(call, context) {
      const { body, warnings } = toEmbeddingRequest(call, dialect);
      const ask: Ask = (client, options) => client.embeddings.create(body, options);
      const raw = await connection.sendForJson({ context, operation: 'embeddings', model: call.providerModel, ask });
      return readEmbeddings(raw, body.input.length, warnings);
    },

    async image(call, context) {
      const { body, warnings } = toImageRequest(call, dialect);
      const ask: Ask = (client, options) => client.images.generate(body, options);
      const raw = await connection.sendForJson({ context, operation: 'images', model: call.providerModel, ask });
      return readImages(raw, warnings);
    },

    isAvailable: (context) => findAvailability(context, listModels),

    async getModelInfo(providerModel, context) {
      const found = modelsBy === 'each' ? await findModel(providerModel, context) : undefined;
      // Servers that only list their models answer 404 to a question for one, whichever it is.
      return found ?? (await listModels(context)).find(({ id }) => id === providerModel);
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
  const usage = dialect.asksForStreamUsage ? { stream_options: { include_usage: true } } : {};
  const ask: Ask = (client, options) => client.chat.completions.create({ ...body, stream: true, ...usage }, options);
  const response = await connection.sendChat({ context, operation: 'chat', model: call.providerModel, ask });
  if (response instanceof FilteredPrompt) {
    yield { type: 'end', reply: filteredReply(response.raw, warnings) };
    return;
  }
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
      const failure = errorIn(chunk);
      if (event.event === 'error' || failure) throw connection.toErrorInBody(failure ?? chunk, 'stream_interrupted');
      yield* assembly.add(chunk);
    }
  } catch (error) {
    const failure = connection.toFailure(error, context.signal);
    throw failure instanceof ProviderError && failure.code === 'network' ? interrupted() : failure;
  }
  throw interrupted();
}

/** A chunk that is an error, or has one where Groq puts it. */
function errorIn(chunk: unknown): JsonObject | undefined {
  if (!isObject(chunk)) return undefined;
  if (chunk.error != null) return chunk;
  return isObject(chunk.x_groq) && chunk.x_groq.error != null ? chunk.x_groq : undefined;
}

/** @throws ProviderError `bad_response` for what is no list of models. */
function readModels(raw: unknown): readonly ListedModel[] {
  // GitHub's catalogue is a bare list, which always has some.
  const data: unknown = isObject(raw) ? raw.data : Array.isArray(raw) && raw.length > 0 ? raw : undefined;
  // Ollama's list is null while it has none.
  if (data === null) return [];
  const given: readonly unknown[] = Array.isArray(data) ? data : [undefined];
  const models = given.flatMap((model) => (isObject(model) && typeof model.id === 'string' ? [{ id: model.id }] : []));
  if (given.length === 0 || models.length > 0) return models;
  throw new ProviderError('bad_response', 'The answer of the provider is no list of models.');
}
