import {
  PROVIDER_DESCRIPTIONS,
  type Provider,
  type ProviderDescription,
  type ProviderSettings,
} from '@switchyard/contract';
import { openCredential } from '@switchyard/provider-kit';
import { createOpenAiProvider, type OpenAiQuirks } from '@switchyard/provider-kit/openai';
import { type ApiVersion, type Deployment, readApiVersion, readDeployments } from './azure-settings.js';
import { spreadOver, type Target } from './spread-over.js';

/** What the models of Azure OpenAI can be asked for. */
export const azureOpenAiDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.azure_openai;

/** Where Azure takes a key. A token of Azure AD goes as `authorization: Bearer`, as tokens do. */
const KEY_PLACE = { header: 'api-key' };

/** The first versions of the API in which a stream may be asked for its usage, and an answer may be held to a schema. */
const FIRST_WITH = { streamUsage: '2024-09-01', schema: '2024-08-01' };

/**
 * Azure OpenAI (https://learn.microsoft.com/azure/ai-services/openai/reference), at `endpoint` (or `baseURL`), by the API
 * of `apiVersion` (absent: v1). A call goes to the deployment that its model's `providerModel` names, to `deployment`
 * where that is given, or in turn to those `deployments` that bear the model's name, else to all of them.
 * @throws Error that names the setting at fault.
 */
export function createProvider(settings: ProviderSettings): Provider {
  const version = readApiVersion(settings);
  const deployments = readDeployments(settings);
  const shared = deployments.every(({ apiKey }) => apiKey) ? undefined : openCredential(settings, KEY_PLACE);
  const open = (deployment: Deployment): Target => {
    const { name, resource, weight } = deployment;
    const own = withOwnKey(settings, deployment);
    const provider = createOpenAiProvider(
      { ...(own ?? settings), baseURL: `${resource}/openai${version.kind === 'v1' ? '/v1' : ''}` },
      {
        ...quirksOf(deployment, version, settings),
        keyPlace: KEY_PLACE,
        ...(!own && shared && { credential: shared }),
      },
    );
    return { ...(name !== undefined && { name }), weight, credit: 0, provider };
  };
  const [first, ...rest] = deployments;
  const provider = spreadOver([open(first), ...rest.map(open)]);
  return {
    ...provider,
    async close() {
      await Promise.all([provider.close(), shared?.close()]);
    },
  };
}

/** The provider's settings where a deployment has a key of its own, which takes the place of all others. */
function withOwnKey(settings: ProviderSettings, { apiKey, place }: Deployment): ProviderSettings | undefined {
  if (apiKey === undefined) return undefined;
  const { auth: _auth, keys: _keys, ...options } = settings.options;
  return { ...settings, name: place.replace(/^providers\./, ''), apiKey, options };
}

function quirksOf({ name }: Deployment, version: ApiVersion, { models = [] }: ProviderSettings): OpenAiQuirks {
  const wireModel = (model: string): string => name ?? model;
  const common = { wireModel, embeddingEncoding: 'base64' } as const;
  // A deployment may be called anything; the name by which its users ask for it often is that of the model.
  const otherNames = (model: string): string[] =>
    models
      .filter(({ providerModel, versions }) =>
        [{ providerModel }, ...Object.values(versions)].some((one) => one.providerModel === model),
      )
      .map(({ id }) => id);
  if (version.kind === 'v1') return { ...common, otherNames, routeOf: ({ path }) => `${path}${version.query}` };
  const { date } = version;
  return {
    ...common,
    otherNames,
    routeOf({ operation, path, model }) {
      const isOfModels = operation === 'models' || operation === 'model';
      const deployment = isOfModels ? '' : `/deployments/${encodeURIComponent(wireModel(model))}`;
      return `${deployment}${path}?api-version=${date}`;
    },
    asksForStreamUsage: date >= FIRST_WITH.streamUsage,
    takesSchema: () => date >= FIRST_WITH.schema,
  };
}
