import {
  PROVIDER_DESCRIPTIONS,
  type Provider,
  type ProviderDescription,
  type ProviderSettings,
} from '@switchyard/contract';
import { createOpenAiProvider, withoutMethods } from '@switchyard/provider-kit/openai';

/** What the models can be asked for that GitHub serves. */
export const copilotDescription: ProviderDescription = PROVIDER_DESCRIPTIONS.copilot;

const HOST = 'https://models.github.ai';

/** A login of GitHub: letters, digits and single hyphens. */
const LOGIN = /^[A-Za-z\d](?:-?[A-Za-z\d])*$/;

/**
 * GitHub Models (https://docs.github.com/rest/models), with a GitHub token as the key. Its models bear their publisher's
 * name: `openai/gpt-4.1`. Option: `organization`, the login of the organization that the calls are attributed to.
 * @throws Error that names the setting at fault.
 */
export function createProvider(settings: ProviderSettings): Provider {
  const { name, baseURL, options } = settings;
  const { organization } = options;
  if (organization !== undefined && !(typeof organization === 'string' && LOGIN.test(organization))) {
    throw new Error(`providers.${name}.organization is no login of GitHub; write the organization's name in its URL.`);
  }
  const api = (baseURL ?? HOST).replace(/\/+$/, '').replace(/\/inference$/, '');
  const inference = organization === undefined ? '/inference' : `/orgs/${organization}/inference`;
  const provider = createOpenAiProvider(
    { ...settings, baseURL: api },
    {
      defaultBaseURL: HOST,
      headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
      routeOf: ({ operation, path }) => (operation === 'models' ? '/catalog/models' : `${inference}${path}`),
      otherNames: (model) => [model.replace(/^openai\//, '')],
      parts: ['text', 'image_url', 'audio'],
      modelsBy: 'list',
    },
  );
  return withoutMethods(provider, 'image');
}
