import {
  type CallContext,
  type ListedModel,
  type Provider,
  ProviderError,
  type ProviderSettings,
} from '@switchyard/contract';
import { openCredential, VendorConnection } from '@switchyard/provider-kit';
import { createOpenAiProvider, withoutMethods } from '@switchyard/provider-kit/openai';
import { embedPath, readEmbeddings, rootOf, toEmbedRequest } from './embeddings.js';

/**
 * Models that Hugging Face hosts, or a server of its own does: Text Generation Inference and Inference Providers
 * (`https://router.huggingface.co/v1`), which speak OpenAI's dialect, and Text Embeddings Inference.
 * @throws Error that names the setting at fault.
 */
export function createHostedProvider(settings: ProviderSettings): Provider {
  refuseLocalKeys(settings);
  const credential = openCredential(settings);
  const writer = createOpenAiProvider(settings, { credential, parts: ['text', 'image_url'], modelsBy: 'list' });
  const embedder = new VendorConnection({ ...settings, baseURL: rootOf(settings.baseURL ?? '') }, { credential });

  /** Text Embeddings Inference has no list: it has what the configuration says. */
  async function listModels(context: CallContext): Promise<readonly ListedModel[]> {
    try {
      return await writer.listModels(context);
    } catch (error) {
      if (!onlyEmbeds(settings) || !(error instanceof ProviderError) || error.code !== 'model_unavailable') throw error;
      return (settings.models ?? []).map(({ providerModel }) => ({ id: providerModel }));
    }
  }

  return {
    ...withoutMethods(writer, 'image'),

    listModels,

    getModelInfo: async (model, context) => (await listModels(context)).find(({ id }) => id === model),

    async embed(call, context) {
      const { body, warnings } = toEmbedRequest(call);
      const response = await embedder.request(context, embedPath(embedder.baseURL, call.providerModel), body);
      const raw = await embedder.readJson(response, context.signal);
      return readEmbeddings(raw, response.headers, body.inputs.length, warnings);
    },

    async close() {
      await Promise.all([writer.close(), embedder.close()]);
      await credential.close();
    },
  };
}

function onlyEmbeds({ models = [] }: ProviderSettings): boolean {
  return models.length > 0 && models.every(({ capabilities }) => capabilities.every((each) => each === 'embedding'));
}

/** Keys that say how a model is run here; what is hosted runs elsewhere. */
const LOCAL_KEYS = ['modelPath', 'device', 'dtype', 'quantization'];

function refuseLocalKeys({ name, models = [] }: ProviderSettings): void {
  for (const { id, options = {} } of models) {
    const key = LOCAL_KEYS.find((each) => options[each] !== undefined);
    if (key === undefined) continue;
    throw new Error(
      `models.${id}.${key} is for a model that runs here, and providers.${name} has a baseURL; ` +
        'leave it out, or give the model a provider without one.',
    );
  }
}
