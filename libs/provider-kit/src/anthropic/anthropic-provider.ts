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
import { AnthropicConnection } from './connection.js';
import { readMessage } from './message-reply.js';
import { MessageAssembly } from './message-stream.js';
import { toMessagesRequest } from './messages-request.js';
import { ANTHROPIC_MODELS } from './models.js';
import { type AnthropicQuirks, type Dialect, outputLimitsOf } from './quirks.js';

/** Pages of a list of models that are read at most: a server that never ends it must not hold a call. */
const MOST_PAGES = 100;

/**
 * A provider that speaks Anthropic's dialect (https://platform.claude.com/docs/en/api/messages), over the official client.
 * @throws Error that names the setting at fault: no base URL, or Anthropic's own without a key.
 */
export function createAnthropicProvider(settings: ProviderSettings, quirks: AnthropicQuirks): Provider {
  const connection = new AnthropicConnection(settings, quirks);
  const dialect: Dialect = {
    kind: settings.kind,
    takesImageUrls: quirks.takesImageUrls ?? true,
    outputLimits: outputLimitsOf(settings),
  };
  const models = quirks.models ?? ANTHROPIC_MODELS;

  async function ask(call: ModelCall, context: CallContext, isStream: boolean) {
    const { body, samples, warnings } = toMessagesRequest(call, dialect);
    const path = quirks.messagesPath?.(body.model, isStream) ?? '/v1/messages';
    const { model, ...rest } = body;
    const version = quirks.versionInBody;
    const named = version === undefined ? { model, ...rest } : { anthropic_version: version, ...rest };
    const response = await connection.post(context, path, { ...named, ...(isStream && { stream: true }) }, samples);
    return { response, warnings };
  }

  async function listModels(context: CallContext): Promise<readonly ListedModel[]> {
    const found: ListedModel[] = [];
    let after: string | undefined;
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const page = models.readPage(await connection.get(context, models.listPath(after)));
      if (!page) throw new ProviderError('bad_response', 'The answer of the provider is no list of models.');
      found.push(...page.models);
      if (page.next === undefined || page.next === after) break;
      after = page.next;
    }
    return found;
  }

  async function* stream(call: ModelCall, context: CallContext): AsyncGenerator<StreamPart, void, undefined> {
    const { response, warnings } = await ask(call, context, true);
    yield* readMessageStream(connection, response, warnings, context);
  }

  return {
    auth: connection.auth,

    async generate(call, context) {
      const { response, warnings } = await ask(call, context, false);
      return readMessage(await connection.readJson(response, context.signal), warnings);
    },

    stream,

    isAvailable: (context) => findAvailability(context, listModels),

    async getModelInfo(providerModel, context) {
      try {
        return models.readModel(await connection.get(context, models.modelPath(providerModel)));
      } catch (error) {
        if (error instanceof ProviderError && error.code === 'model_unavailable') return undefined;
        throw error;
      }
    },

    listModels,

    close: () => connection.close(),
  };
}

async function* readMessageStream(
  connection: AnthropicConnection,
  response: Response,
  warnings: readonly string[],
  context: CallContext,
): AsyncGenerator<StreamPart, void, undefined> {
  const stream: ReadableStream<Uint8Array> | null = response.body;
  if (!stream || !response.headers.get('content-type')?.includes('text/event-stream')) {
    await connection.readJson(response, context.signal);
    throw new ProviderError('bad_response', 'The provider did not answer with a stream.');
  }
  const assembly = new MessageAssembly();
  try {
    for await (const { data, event } of readServerSentEvents(stream, (one) => one.event === 'message_stop')) {
      context.signal.throwIfAborted();
      const told = parseJson(data);
      if (event === 'error' || (isObject(told) && (told.type === 'error' || told.error != null))) {
        throw connection.toErrorInBody(told, 'stream_interrupted');
      }
      if (isObject(told) && told.type === 'message_stop') {
        yield { type: 'end', reply: assembly.finish(warnings) };
        return;
      }
      yield* assembly.add(told);
    }
  } catch (error) {
    const failure = connection.toFailure(error, context.signal);
    throw failure instanceof ProviderError && failure.code === 'network' ? interrupted() : failure;
  }
  throw interrupted();
}
