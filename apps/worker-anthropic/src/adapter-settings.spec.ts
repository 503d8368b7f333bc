import { type ProviderSettings } from '@switchyard/contract';
import { answer, json, PATIENT, startFaultServer } from '@switchyard/provider-kit/testing';
import { createProvider } from './adapter.js';

describe('the settings of anthropic', () => {
  const settings: ProviderSettings = {
    name: 'claude',
    kind: 'anthropic',
    apiKey: 'sk-ant-0123456789',
    concurrency: 32,
    local: false,
    timeouts: PATIENT,
    options: {},
  };

  it('needs a key for Anthropic itself, and none for another server', async () => {
    const { apiKey: _apiKey, ...keyless } = settings;
    expect(() => createProvider(keyless)).toThrow('providers.claude.apiKey is missing');
    await createProvider({ ...keyless, baseURL: 'http://127.0.0.1:1' }).close();
    await createProvider(settings).close();
  });

  it.each([
    [{ baseURL: 'api.anthropic.com' }, 'providers.claude.baseURL is not an http or https URL'],
    [{ apiKey: 'sk-a b' }, 'providers.claude.apiKey holds a character'],
  ])('refuses %j', (changes, message) => {
    expect(() => createProvider({ ...settings, ...changes })).toThrow(message);
  });

  it('takes a base URL with the version of the API or without, and reads every page of the models', async () => {
    const server = await startFaultServer();
    for (const path of ['', '/', '/v1', '/v1/']) {
      server.clear();
      server.play(
        answer(json({ data: [{ id: 'a' }], has_more: true, last_id: 'a' })),
        answer(json({ data: [{ id: 'b' }, { display_name: 'nameless' }], has_more: false, last_id: 'b' })),
      );
      const provider = createProvider({ ...settings, baseURL: `${server.url}${path}` });
      const { signal } = new AbortController();
      expect(await provider.listModels({ signal })).toEqual([{ id: 'a' }, { id: 'b' }]);
      expect(server.requests.map((request) => request.path)).toEqual([
        '/v1/models?limit=1000',
        '/v1/models?limit=1000&after_id=a',
      ]);
      await provider.close();
    }
    await server.close();
  });
});
