import {
  type CallContext,
  type ListedModel,
  type Provider,
  PROVIDER_DESCRIPTIONS,
  type ProviderDescription,
  ProviderError,
  type ProviderSettings,
} from '@switchyard/contract';
import { badReply, findAvailability, isObject } from '@switchyard/provider-kit';
import { readChatReply } from './chat-reply.js';
import { toChatRequest } from './chat-request.js';
import { streamChat } from './chat-stream.js';
import { OllamaConnection } from './connection.js';
import { readEmbeddings, toEmbedRequest } from './embeddings.js';
import { checkQuantization } from './variants.js';

/** What Ollama's models can be asked for. */
export const ollamaDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.ollama;

/**
 * A server of Ollama, by its own API (https://docs.ollama.com/api), over the official client.
 * @throws Error that names the setting at fault.
 */
export function createProvider(settings: ProviderSettings): Provider {
  settings.models?.forEach(checkQuantization);
  const connection = new OllamaConnection(settings);

  async function listModels(context: CallContext): Promise<readonly ListedModel[]> {
    return readModels(await connection.sendForJson(context, (client) => client.list()));
  }

  return {
    auth: connection.auth,

    async generate(call, context) {
      const { body, warnings } = toChatRequest(call);
      const raw = await connection.sendForJson(context, (client) => client.chat({ ...body, stream: false }));
      return readChatReply(raw, warnings);
    },

    stream: (call, context) => streamChat(connection, call, context),

    async embed(call, context) {
      const { body, warnings } = toEmbedRequest(call);
      const raw = await connection.sendForJson(context, (client) => client.embed(body));
      return readEmbeddings(raw, body.input.length, warnings);
    },

    isAvailable: (context) => findAvailability(context, listModels),

    async getModelInfo(providerModel, context) {
      try {
        const raw = await connection.sendForJson(context, (client) => client.show({ model: providerModel }));
        if (!isObject(raw) || !isObject(raw.details)) throw badReply('no details of the model');
        return { id: providerModel };
      } catch (error) {
        if (error instanceof ProviderError && error.code === 'model_unavailable') return undefined;
        throw error;
      }
    },

    listModels,

    close: () => connection.close(),
  };
}

/** @throws ProviderError `bad_response` for what is no list of models. */
function readModels(raw: unknown): readonly ListedModel[] {
  const models: unknown = isObject(raw) ? raw.models : undefined;
  if (!Array.isArray(models)) throw badReply('no list of models');
  return models.flatMap((model: unknown) =>
    isObject(model) && typeof model.name === 'string' ? [{ id: model.name }] : [],
  );
}
