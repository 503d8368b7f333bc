import { type CallContext, type Provider, type ProviderSettings } from '@switchyard/contract';
import { answer, type FaultServer, json, PATIENT, startFaultServer } from '@switchyard/provider-kit/testing';
import { wire } from './__fixtures__/wire.js';
import { createProvider } from './adapter.js';
import { readResources } from './resources.js';

const settings: ProviderSettings = {
  name: 'main',
  kind: 'vertex',
  concurrency: 32,
  local: false,
  timeouts: PATIENT,
  options: { project: 'yard-1', auth: { kind: 'google' } },
};
const calm: CallContext = { signal: new AbortController().signal };

describe('the settings of vertex', () => {
  it.each([
    [undefined, 'https://us-central1-aiplatform.googleapis.com', 'us-central1'],
    ['europe-west4', 'https://europe-west4-aiplatform.googleapis.com', 'europe-west4'],
    ['global', 'https://aiplatform.googleapis.com', 'global'],
    ['eu', 'https://aiplatform.eu.rep.googleapis.com', 'eu'],
  ])('find the host of the region %s', (region, host, location) => {
    const options = { ...settings.options, ...(region !== undefined && { region }) };
    expect(readResources({ ...settings, options })).toEqual({
      host,
      location: `projects/yard-1/locations/${location}`,
    });
  });

  it('take a key alone for express mode, and a project beside it for what it is', () => {
    expect(readResources({ ...settings, apiKey: 'AQ.key', options: {} })).toEqual({
      host: 'https://aiplatform.googleapis.com',
    });
    expect(readResources({ ...settings, apiKey: 'AQ.key', options: { project: 'example.com:yard' } })).toMatchObject({
      location: 'projects/example.com:yard/locations/us-central1',
    });
  });

  it('ask for Google’s tokens where they say nothing else', async () => {
    const kindOf = async (changes: Partial<ProviderSettings>) => {
      const made = createProvider({ ...settings, options: { project: 'yard-1' }, ...changes });
      await made.close();
      return made.auth.status().kind;
    };
    expect(await kindOf({})).toBe('google');
    expect(await kindOf({ apiKey: 'AQ.key' })).toBe('api_key');
    expect(await kindOf({ options: { keys: [{ name: 'a', apiKey: 'AQ.key' }] } })).toBe('api_key');
    expect(await kindOf({ baseURL: 'http://127.0.0.1:1' })).toBe('none');
  });

  it.each([
    [{ options: {} }, 'providers.main.project is missing'],
    [{ options: { auth: { kind: 'google' } }, apiKey: 'AQ.key' }, 'providers.main.project is missing'],
    [{ options: { project: 'yard/1', auth: {} } }, 'providers.main.project is no name of a project'],
    [{ options: { project: 7, auth: {} } }, 'providers.main.project is no name of a project'],
    [{ options: { project: 'yard-1', region: 'evil.example/' } }, 'providers.main.region is no name of a region'],
    [{ options: { project: 'yard-1', auth: { kind: 'oracle' } } }, 'providers.main.auth'],
    [{ options: { project: 'yard-1' }, baseURL: 'ftp://127.0.0.1' }, 'providers.main.baseURL is not an http'],
  ])('are refused: %j', (changes, message) => {
    expect(() => createProvider({ ...settings, ...changes })).toThrow(message);
  });
});

describe('a provider of vertex', () => {
  const providers: Provider[] = [];
  let server: FaultServer;

  beforeAll(async () => {
    server = await startFaultServer();
  });
  afterEach(async () => {
    await Promise.all(providers.splice(0).map((provider) => provider.close()));
    server.clear();
  });
  afterAll(() => server.close());

  function provider(changes: Partial<ProviderSettings>): Provider {
    const made = createProvider({ ...settings, baseURL: server.url, options: { project: 'yard-1' }, ...changes });
    providers.push(made);
    return made;
  }

  it('may be at an address that ends in the version', async () => {
    server.play(answer({ body: wire('models.json') }));
    await provider({ baseURL: `${server.url}/v1/` }).listModels(calm);
    expect((await server.nextRequest()).path).toBe('/v1beta1/publishers/google/models?pageSize=100');
  });

  it('lists its models page by page', async () => {
    const page = (id: string, nextPageToken?: string) =>
      answer(json({ publisherModels: [{ name: `publishers/google/models/${id}` }, {}], nextPageToken }));
    server.play(page('gemini-2.5-pro', 'two & more'), page('gemini-2.5-flash', ''));
    expect(await provider({}).listModels(calm)).toEqual([{ id: 'gemini-2.5-pro' }, { id: 'gemini-2.5-flash' }]);
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/v1beta1/publishers/google/models?pageSize=100',
      '/v1beta1/publishers/google/models?pageSize=100&pageToken=two+%26+more',
    ]);
    server.play(answer(json({})), page('gemini-2.5-pro', 'more'));
    expect(await provider({}).listModels(calm)).toEqual([]);
    // One page says that it is there.
    expect(await provider({}).isAvailable(calm)).toEqual({ available: true });
    expect(server.requests).toHaveLength(4);
  });

  it('asks with a key alone for what a key alone may ask', async () => {
    const express = provider({ apiKey: 'AQ.key', defaultModel: 'gemini-2.5-pro', options: {} });
    server.play(
      answer({ body: wire('chat.json') }),
      answer(json({ totalTokens: 5 })),
      answer({ status: 403, body: '' }),
    );
    await express.generate?.({ providerModel: 'gemini-2.5-flash', request: { prompt: 'Hi' } }, calm);
    expect(await express.isAvailable(calm)).toEqual({ available: true });
    expect(await express.isAvailable(calm)).toMatchObject({ available: false });
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/v1/publishers/google/models/gemini-2.5-flash:generateContent',
      '/v1/publishers/google/models/gemini-2.5-pro:countTokens',
      '/v1/publishers/google/models/gemini-2.5-pro:countTokens',
    ]);
    expect(server.requests[0]?.headers['x-goog-api-key']).toBe('AQ.key');
  });
});
