import { type ProviderSettings } from '@switchyard/contract';
import { answer, type FaultServer, json, startFaultServer } from '@switchyard/provider-kit/testing';
import { createProvider } from './adapter.js';

describe('the settings of custom', () => {
  const settings: ProviderSettings = {
    name: 'local',
    kind: 'custom',
    concurrency: 4,
    local: true,
    timeouts: { connectMs: 1_000, firstByteMs: 1_000, idleMs: 1_000, totalMs: 1_000 },
    options: {},
  };

  let server: FaultServer;
  beforeAll(async () => {
    server = await startFaultServer();
  });
  afterAll(() => server.close());

  it('needs an address', () => {
    expect(() => createProvider(settings)).toThrow('providers.local.baseURL is missing');
  });

  it.each(['', '/'])('needs no key, and minds no slash at the end (%j)', async (slash) => {
    const provider = createProvider({ ...settings, baseURL: `${server.url}/proxy/v1${slash}` });
    server.play(answer(json({ data: [{ id: 'a' }] })));
    await provider.listModels({ signal: new AbortController().signal });
    const request = await server.nextRequest();
    expect(request.path).toBe('/proxy/v1/models');
    expect(request.headers.authorization).toBeUndefined();
    await provider.close();
  });
});
