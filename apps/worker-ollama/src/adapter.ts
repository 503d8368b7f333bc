import {
  type CallContext,
  type ListedModel,
  type Provider,
  PROVIDER_DESCRIPTIONS,
  type ProviderDescription,
  type ProviderSettings,
} from '@switchyard/contract';
import { findAvailability } from '@switchyard/provider-kit';
import { readChatReply } from './chat-reply.js';
import { toChatRequest } from './chat-request.js';
import { streamChat } from './chat-stream.js';
import { OllamaConnection } from './connection.js';
import { readEmbeddings, toEmbedRequest } from './embeddings.js';
import { listModels, showModel } from './models.js';
import { ModelPreparation } from './preparation.js';
import { checkQuantization } from './variants.js';

/** A model is many gigabytes, and quantizing it may say nothing for a long while, in milliseconds. */
const PATIENT = { idleMs: 3_600_000, totalMs: 86_400_000 };

/** What Ollama's models can be asked for. */
export const ollamaDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.ollama;

/**
 * A server of Ollama, by its own API (https://docs.ollama.com/api), over the official client. Options: `pull`, of the
 * provider and of a model: whether the server fetches models that it lacks; `quantization` of a model: its precision.
 * @throws Error that names the setting at fault.
 */
export function createProvider(settings: ProviderSettings): Provider {
  settings.models?.forEach(checkQuantization);
  const connection = new OllamaConnection(settings);
  let patient: OllamaConnection | undefined;
  const preparation = new ModelPreparation(settings, () => {
    patient ??= new OllamaConnection({ ...settings, timeouts: { ...settings.timeouts, ...PATIENT } });
    return patient;
  });
  const list = (context: CallContext): Promise<readonly ListedModel[]> => listModels(connection, context);

  return {
    auth: connection.auth,

    async generate(call, context) {
      const { body, warnings } = toChatRequest(call);
      preparation.expectReady(body.model);
      const raw = await connection.sendForJson(context, (client) => client.chat({ ...body, stream: false }));
      return readChatReply(raw, warnings);
    },

    stream: (call, context) => streamChat(connection, preparation, call, context),

    async embed(call, context) {
      const { body, warnings } = toEmbedRequest(call);
      preparation.expectReady(body.model);
      const raw = await connection.sendForJson(context, (client) => client.embed(body));
      return readEmbeddings(raw, body.input.length, warnings);
    },

    isAvailable: (context) => findAvailability(context, list),

    getModelInfo: async (providerModel, context) =>
      (await showModel(connection, providerModel, context)) && { id: providerModel },

    listModels: list,

    ...(preparation.isNeeded && {
      prepare: (context, report) => preparation.prepare(context, report),
      facts: async () => preparation.facts(),
    }),

    close: async () => void (await Promise.all([connection.close(), patient?.close()])),
  };
}
