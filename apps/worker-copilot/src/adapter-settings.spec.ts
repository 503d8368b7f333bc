import { type ProviderSettings } from '@switchyard/contract';
import { answer, type FaultServer, json, PATIENT, startFaultServer } from '@switchyard/provider-kit/testing';
import { createProvider } from './adapter.js';

describe('the settings of copilot', () => {
  const settings: ProviderSettings = {
    name: 'github',
    kind: 'copilot',
    apiKey: 'ghp_0123456789',
    concurrency: 4,
    local: false,
    timeouts: PATIENT,
    options: {},
  };

  let server: FaultServer;
  beforeAll(async () => {
    server = await startFaultServer();
  });
  afterAll(() => server.close());

  it('needs a token', async () => {
    const { apiKey: _apiKey, ...keyless } = settings;
    expect(() => createProvider(keyless)).toThrow('providers.github.apiKey is missing');
    await createProvider(settings).close();
  });

  it.each([5, '', '../other', 'a--b', '-a'])('refuses the organization %j', (organization) => {
    expect(() => createProvider({ ...settings, options: { organization } })).toThrow(
      'providers.github.organization is no login of GitHub',
    );
  });

  it.each(['', '/', '/inference', '/inference/'])('calls for the account of the token at %j', async (path) => {
    const provider = createProvider({ ...settings, baseURL: `${server.url}${path}` });
    server.play(answer(json({ choices: [{ message: { content: 'x' }, finish_reason: 'stop' }] })));
    const { signal } = new AbortController();
    await provider.generate?.({ providerModel: 'openai/gpt-4.1', request: { prompt: 'x' } }, { signal });
    expect((await server.nextRequest()).path).toBe('/inference/chat/completions');
    await provider.close();
  });
});
