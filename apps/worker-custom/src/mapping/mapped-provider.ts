import {
  type CallContext,
  type ListedModel,
  type Provider,
  type ProviderMapping,
  type ProviderSettings,
} from '@switchyard/contract';
import { findAvailability } from '@switchyard/provider-kit';
import { readEmbedded, readGenerated, readImages, readModels } from './mapped-reply.js';
import { toEmbedRequest, toGenerateRequest, toImageRequest } from './mapped-request.js';
import { MappedServer } from './mapped-server.js';

/**
 * A server of any JSON over HTTP, by its mapping: it has the methods that are mapped, and no other.
 * @throws Error that names the setting at fault.
 */
export function createMappedProvider(settings: ProviderSettings, mapping: ProviderMapping): Provider {
  const server = new MappedServer(settings, mapping);
  const { generate, embed, image, models } = mapping;
  const placeOf = (call: string): string => `providers.${settings.name}.mapping.${call}`;

  async function listModels(context: CallContext): Promise<readonly ListedModel[]> {
    // Without a list of its own, it has what the configuration says.
    if (!models) return (settings.models ?? []).map(({ providerModel }) => ({ id: providerModel }));
    const call = { method: 'GET', ...models } as const;
    const raw = await server.ask(context, call, { path: models.path, body: models.body });
    return readModels(models, { raw, place: placeOf('models') });
  }

  return {
    auth: server.auth,

    ...(generate && {
      async generate(call, context) {
        const { warnings, ...request } = toGenerateRequest(call, generate);
        const raw = await server.ask(context, generate, request);
        return readGenerated(generate, { raw, warnings, place: placeOf('generate') });
      },
    }),

    ...(embed && {
      async embed(call, context) {
        const { warnings, inputs, ...request } = toEmbedRequest(call, embed);
        const raw = await server.ask(context, embed, request);
        return readEmbedded(embed, inputs, { raw, warnings, place: placeOf('embed') });
      },
    }),

    ...(image && {
      async image(call, context) {
        const { warnings, ...request } = toImageRequest(call, image);
        const raw = await server.ask(context, image, request);
        return readImages(image, { raw, warnings, place: placeOf('image') });
      },
    }),

    isAvailable: (context) => findAvailability(context, (asked) => (models ? listModels(asked) : server.knock(asked))),

    async getModelInfo(providerModel, context) {
      return (await listModels(context)).find(({ id }) => id === providerModel);
    },

    listModels,

    close: () => server.close(),
  };
}
