import { type ProviderSettings } from '@switchyard/contract';
import { createProvider } from './adapter.js';

describe('the settings of openai', () => {
  const settings: ProviderSettings = {
    name: 'main',
    kind: 'openai',
    apiKey: 'sk-0123456789',
    concurrency: 32,
    local: false,
    timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 },
    options: {},
  };

  it('needs a key for OpenAI itself, and none for another server', async () => {
    const { apiKey: _apiKey, ...keyless } = settings;
    expect(() => createProvider(keyless)).toThrow('providers.main.apiKey is missing');
    await createProvider({ ...keyless, baseURL: 'http://127.0.0.1:1/v1' }).close();
    await createProvider(settings).close();
  });

  it.each([
    [{ baseURL: 'api.openai.com' }, 'providers.main.baseURL is not an http or https URL'],
    [{ apiKey: 'sk-a b' }, 'providers.main.apiKey holds a character'],
    [{ options: { organization: 'a\r\nb' } }, 'providers.main.organization is no id'],
    [{ options: { project: 5 } }, 'providers.main.project is no id'],
  ])('refuses %j', (changes, message) => {
    expect(() => createProvider({ ...settings, ...changes })).toThrow(message);
  });
});
