import { type ModelCall, type ModelSettings, type Provider, type ProviderSettings } from '@switchyard/contract';
import {
  answer,
  eventStream,
  type FaultServer,
  json,
  PATIENT,
  startFaultServer,
} from '@switchyard/provider-kit/testing';
import { wire } from './__fixtures__/wire.js';
import { createProvider } from './adapter.js';

const { signal } = new AbortController();

const settings: ProviderSettings = {
  name: 'azure',
  kind: 'azure_openai',
  apiKey: 'azure-key-0123456789',
  concurrency: 4,
  local: false,
  timeouts: PATIENT,
  options: {},
};
const call = (providerModel: string): ModelCall => ({ providerModel, request: { prompt: 'x', maxTokens: 5 } });

describe('the settings of azure_openai', () => {
  let server: FaultServer;
  const providers: Provider[] = [];

  beforeAll(async () => {
    server = await startFaultServer();
  });
  afterEach(async () => {
    await Promise.all(providers.splice(0).map((provider) => provider.close()));
    server.clear();
  });
  afterAll(() => server.close());

  function open(options: ProviderSettings['options'], more: Partial<ProviderSettings> = {}): Provider {
    const provider = createProvider({ ...settings, ...more, options: { endpoint: server.url, ...options } });
    providers.push(provider);
    return provider;
  }

  async function sentBy(provider: Provider, model: string) {
    server.play(answer({ body: wire('chat.json') }));
    await provider.generate?.(call(model), { signal });
    const { path, headers, body } = await server.nextRequest();
    return { path, key: headers['api-key'], body: JSON.parse(body) as Record<string, unknown> };
  }

  it.each([
    [undefined, '/openai/v1/chat/completions'],
    ['v1', '/openai/v1/chat/completions'],
    ['preview', '/openai/v1/chat/completions?api-version=preview'],
    ['2024-02-15-preview', '/openai/deployments/gpt-4o/chat/completions?api-version=2024-02-15-preview'],
  ])('calls by the version %s', async (apiVersion, path) => {
    const sent = await sentBy(open({ ...(apiVersion !== undefined && { apiVersion }) }), 'gpt-4o');
    expect(sent).toMatchObject({ path, key: settings.apiKey, body: { model: 'gpt-4o' } });
  });

  it.each(['/', '/openai', '/openai/', '/openai/v1/'])(
    'finds the resource in an endpoint that ends in %s',
    async (end) => {
      const sent = await sentBy(open({ endpoint: `${server.url}${end}` }), 'gpt-4o');
      expect(sent.path).toBe('/openai/v1/chat/completions');
    },
  );

  it.each([undefined, '2024-10-21'])(
    'calls the one deployment, whatever the model is called (%s)',
    async (apiVersion) => {
      const sent = await sentBy(
        open({ deployment: 'prod', ...(apiVersion !== undefined && { apiVersion }) }),
        'gpt-4o',
      );
      expect(sent.body['model']).toBe('prod');
      if (apiVersion !== undefined) expect(sent.path).toContain('/deployments/prod/');
    },
  );

  it('asks an old version neither for the usage of a stream nor for a schema', async () => {
    const provider = open({ apiVersion: '2024-02-15-preview' });
    server.play(answer(eventStream(wire('chat-old.sse'))));
    const asked = { ...call('gpt-4o'), output: { format: 'json', schema: { type: 'object' } } } as const;
    let last: unknown;
    for await (const part of provider.stream?.(asked, { signal }) ?? []) last = part;
    const reply: unknown = expect.not.objectContaining({ usage: expect.anything() as unknown });
    expect(last).toMatchObject({ type: 'end', reply });
    const body = JSON.parse((await server.nextRequest()).body) as Record<string, unknown>;
    expect(body).not.toHaveProperty('stream_options');
    expect(body).toMatchObject({ response_format: { type: 'json_object' } });
  });

  it('knows a reasoning model by any of its names', async () => {
    const model = { id: 'o3', providerModel: 'thinker', versions: {} } as unknown as ModelSettings;
    const provider = open({}, { models: [model] });
    expect((await sentBy(provider, 'thinker')).body).toMatchObject({ max_completion_tokens: 5 });
    expect((await sentBy(provider, 'gpt-35-turbo')).body).toMatchObject({ max_tokens: 5 });
  });

  it('takes turns by weight among the deployments of a model, each with its own key', async () => {
    const deployments = [
      { name: 'gpt-4o', endpoint: `${server.url}/east`, apiKey: 'key-of-east', weight: 2 },
      { name: 'gpt-4o', endpoint: `${server.url}/west` },
      { name: 'vectors', endpoint: `${server.url}/west` },
    ];
    const provider = open({ deployments });
    const seen: unknown[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      const { path, key, body } = await sentBy(provider, 'gpt-4o');
      seen.push([path.split('/')[1], key, body['model']]);
    }
    const east = ['east', 'key-of-east', 'gpt-4o'];
    const west = ['west', settings.apiKey, 'gpt-4o'];
    expect(seen).toEqual([east, west, east, east, west, east]);
    expect((await sentBy(provider, 'vectors')).body['model']).toBe('vectors');
    // A model that none is named for goes to all of them.
    const others = [];
    for (let turn = 0; turn < 4; turn += 1) others.push((await sentBy(provider, 'mine')).body['model']);
    expect(new Set(others)).toEqual(new Set(['gpt-4o', 'vectors']));
  });

  it('answers for all deployments together', async () => {
    const deployments = ['east', 'west'].map((region) => ({
      name: 'gpt-4o',
      endpoint: `${server.url}/${region}`,
      apiKey: `key-of-${region}`,
    }));
    const provider = open({ deployments });
    server.play(answer(json({ data: [{ id: 'a' }] })), answer(json({ data: [{ id: 'b' }, { id: 'a' }] })));
    expect(await provider.listModels({ signal })).toHaveLength(2);
    server.play(answer({ status: 503, body: '' }), answer(json({ data: [] })));
    expect(await provider.isAvailable({ signal })).toEqual({ available: true });
    server.play(answer({ status: 503, body: '' }), answer({ status: 503, body: '' }));
    expect(await provider.isAvailable({ signal })).toMatchObject({ available: false });
    server.play(answer(json({ id: 'a' })), answer(json({ id: 'a' })));
    expect(await provider.getModelInfo('a', { signal })).toEqual({ id: 'a' });
    server.play(answer({ status: 401, body: '' }), answer(json({ data: [] })));
    await provider.listModels({ signal }).catch(() => undefined);
    expect(provider.auth.status()).toMatchObject({
      kind: 'api_key',
      status: 'invalid',
      reason: expect.stringMatching(/providers\.azure\.deployments\[[01]\]\.apiKey/) as unknown,
    });
    await expect(provider.auth.validate(signal)).rejects.toMatchObject({ code: 'authentication' });
  });

  it.each([
    [{ endpoint: undefined }, 'providers.azure.endpoint is missing'],
    [{ endpoint: 'res.openai.azure.com' }, 'providers.azure.endpoint is not an http or https URL'],
    [
      { endpoint: 'https://a.openai.azure.com/openai/deployments/b/chat/completions?api-version=2024-10-21' },
      'providers.azure.endpoint is the address of one call',
    ],
    [{ apiVersion: '2024' }, 'providers.azure.apiVersion is no version'],
    [{ deployment: 5 }, 'providers.azure.deployment is no name'],
    [{ deployments: [{ endpoint: 'https://a' }] }, 'providers.azure.deployments[0].name is missing'],
    [{ deployments: [{ name: 'a' }] }, 'providers.azure.deployments[0].endpoint is missing'],
    [{ deployments: [{ name: 'a', endpoint: 'https://a', weight: 0 }] }, 'providers.azure.deployments[0].weight'],
  ])('refuses %j', (options, message) => {
    expect(() => open(options)).toThrow(message);
  });
});
