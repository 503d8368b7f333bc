import {
  type CallContext,
  type ListedModel,
  type Provider,
  PROVIDER_DESCRIPTIONS,
  type ProviderDescription,
  type ProviderSettings,
} from '@switchyard/contract';
import { findAvailability, type KeyPlace, VendorConnection } from '@switchyard/provider-kit';
import { isNameOf, readCheckpoints } from './checkpoints.js';
import { readImages } from './image-reply.js';
import { toImageRequest } from './image-request.js';

/** Where a server listens unless it is told otherwise. */
const DEFAULT_BASE_URL = 'http://127.0.0.1:7860';

/** The server itself asks for a user and a password (`--api-auth`), a proxy before it may ask for a token. */
const KEY_PLACE: KeyPlace = {
  header: 'authorization',
  write: (key) => (key.includes(':') ? `Basic ${Buffer.from(key).toString('base64')}` : `Bearer ${key}`),
};

/** What a Stable Diffusion server can be asked for. */
export const stableDiffusionDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.stable_diffusion;

/**
 * A server of the Stable Diffusion web UI of AUTOMATIC1111, started with `--api`, or one that speaks like it. A key of the
 * form `user:password` goes as such.
 * @throws Error that names the setting at fault.
 */
export function createProvider(settings: ProviderSettings): Provider {
  const connection = new VendorConnection({ baseURL: DEFAULT_BASE_URL, ...settings }, { keyPlace: KEY_PLACE });

  async function listCheckpoints(context: CallContext) {
    return readCheckpoints(await connection.requestJson(context, '/sdapi/v1/sd-models'));
  }

  async function listModels(context: CallContext): Promise<readonly ListedModel[]> {
    return (await listCheckpoints(context)).map(({ name }) => ({ id: name }));
  }

  return {
    auth: connection.auth,

    async image(call, context) {
      const { body, warnings } = toImageRequest(call);
      const raw = await connection.requestJson(context, '/sdapi/v1/txt2img', body);
      return readImages(raw, body.override_settings.sd_model_checkpoint, warnings);
    },

    isAvailable: (context) => findAvailability(context, listModels),

    async getModelInfo(providerModel, context) {
      const known = (await listCheckpoints(context)).some((checkpoint) => isNameOf(providerModel, checkpoint));
      return known ? { id: providerModel } : undefined;
    },

    listModels,

    close: () => connection.close(),
  };
}
