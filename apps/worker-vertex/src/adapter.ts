import { type ReadableStream } from 'node:stream/web';
import {
  type CallContext,
  type ListedModel,
  type ModelCall,
  PROVIDER_DESCRIPTIONS,
  type Provider,
  type ProviderDescription,
  ProviderError,
  type ProviderSettings,
  type StreamPart,
} from '@switchyard/contract';
import { badReply, findAvailability, isObject, parseJson, readServerSentEvents } from '@switchyard/provider-kit';
import { readEmbeddings, toEmbedRequest } from './embeddings.js';
import { GeminiConnection } from './gemini-connection.js';
import { readGenerateReply } from './generate-reply.js';
import { toGenerateRequest } from './generate-request.js';
import { type ModelPage, readModelPage } from './models.js';
import { ReplyAssembly } from './reply-assembly.js';

/** What Gemini's models can be asked for. */
export const vertexDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.vertex;

const PAGE_SIZE = 100;
const MOST_PAGES = 50;
/** Whose tokens are counted, where there is no list to ask for and the settings name no model. */
const ANY_MODEL = 'gemini-2.5-flash';

/**
 * Gemini on Vertex AI (https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest), over Google's client.
 * Options: `project` and `region` (default `us-central1`). Without `auth`, a key or another `baseURL`, tokens are Google's
 * as the machine has them; a key without a project is express mode.
 * @throws Error that names the setting at fault.
 */
export function createProvider(settings: ProviderSettings): Provider {
  const connection = new GeminiConnection(settings);

  async function readPage(context: CallContext, pageToken?: string): Promise<ModelPage> {
    const config = { pageSize: PAGE_SIZE, ...(pageToken !== undefined && { pageToken }) };
    const raw = await connection.readList(context, (client, httpOptions) =>
      client.models.list({ config: { ...config, httpOptions } }),
    );
    return readModelPage(raw);
  }

  async function listModels(context: CallContext): Promise<readonly ListedModel[]> {
    const models: ListedModel[] = [];
    let pageToken: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const read = await readPage(context, pageToken);
      models.push(...read.models);
      pageToken = read.nextPageToken;
      if (pageToken === undefined) return models;
    }
    throw badReply(`more than ${MOST_PAGES} pages of models`);
  }

  /** A question that costs nothing, and that a key without a project may ask. */
  async function countTokens(context: CallContext): Promise<void> {
    const model = settings.defaultModel ?? ANY_MODEL;
    const contents = [{ role: 'user', parts: [{ text: 'Are you there?' }] }];
    const response = await connection.callModel(context, model, (client, httpOptions) =>
      client.models.countTokens({ model, contents, config: { httpOptions } }),
    );
    await connection.readJson(context, response);
  }

  return {
    auth: connection.wire.auth,

    async generate(call, context) {
      const { parameters, warnings } = toGenerateRequest(call);
      const response = await connection.callModel(context, call.providerModel, (client, httpOptions) =>
        client.models.generateContent(parameters(httpOptions)),
      );
      return readGenerateReply(await connection.readJson(context, response), warnings);
    },

    stream: (call, context) => streamReply(connection, call, context),

    async embed(call, context) {
      const { inputs, parameters, warnings } = toEmbedRequest(call);
      const response = await connection.callModel(context, call.providerModel, (client, httpOptions) =>
        client.models.embedContent(parameters(httpOptions)),
      );
      return readEmbeddings(await connection.readJson(context, response), inputs.length, warnings);
    },

    isAvailable: (context) => findAvailability(context, connection.isExpress ? countTokens : readPage),

    async getModelInfo(providerModel, context) {
      try {
        const raw = await connection.readModel(context, (client, httpOptions) =>
          client.models.get({ model: providerModel, config: { httpOptions } }),
        );
        if (!isObject(raw) || typeof raw.name !== 'string') throw badReply('no model');
        return { id: providerModel };
      } catch (error) {
        if (error instanceof ProviderError && error.code === 'model_unavailable') return undefined;
        throw error;
      }
    },

    listModels,

    close: () => connection.wire.close(),
  };
}

async function* streamReply(
  connection: GeminiConnection,
  call: ModelCall,
  context: CallContext,
): AsyncGenerator<StreamPart, void, undefined> {
  const { parameters, warnings } = toGenerateRequest(call);
  const response = await connection.callModel(context, call.providerModel, (client, httpOptions) =>
    client.models.generateContentStream(parameters(httpOptions)),
  );
  const stream: ReadableStream<Uint8Array> | null = response.body;
  if (!stream || !response.headers.get('content-type')?.includes('text/event-stream')) {
    await connection.readJson(context, response);
    throw new ProviderError('bad_response', 'The provider did not answer with a stream.');
  }
  const assembly = new ReplyAssembly();
  try {
    for await (const event of readServerSentEvents(stream)) {
      context.signal.throwIfAborted();
      const chunk = parseJson(event.data);
      if (event.event === 'error' || (isObject(chunk) && chunk.error != null)) {
        throw connection.wire.toErrorInBody(chunk, 'stream_interrupted');
      }
      yield* assembly.add(chunk);
    }
  } catch (error) {
    const failure = connection.wire.toFailure(error, context.signal);
    // Cut off after the vendor has said why its answer ends, the answer is whole: the assembly knows.
    if (!(failure instanceof ProviderError && failure.code === 'network')) throw failure;
  }
  yield { type: 'end', reply: assembly.finish(warnings) };
}
