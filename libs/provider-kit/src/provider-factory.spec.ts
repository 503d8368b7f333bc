import { PROVIDER_DESCRIPTIONS, type Provider, type ProviderSettings } from '@switchyard/contract';
import { createProviderFactory } from './provider-factory.js';

function settingsOf(kind: ProviderSettings['kind']): ProviderSettings {
  const timeouts = { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 };
  return { name: 'main', kind, concurrency: 1, local: false, timeouts, options: {} };
}

const provider: Provider = {
  auth: {
    status: () => ({ kind: 'none', status: 'valid', expiresAt: null }),
    validate: async () => ({ kind: 'none', length: 0, expiresAt: null }),
  },
  isAvailable: async () => ({ available: true }),
  getModelInfo: async () => undefined,
  listModels: async () => [],
  close: async () => undefined,
};

describe('the factory of providers', () => {
  const made: ProviderSettings[] = [];
  const registration = {
    description: PROVIDER_DESCRIPTIONS.openai,
    create(settings: ProviderSettings) {
      made.push(settings);
      return provider;
    },
  };
  const factory = createProviderFactory([registration, { ...registration, description: PROVIDER_DESCRIPTIONS.groq }]);

  it('lists what is supported', () => {
    expect(factory.listSupported().map(({ kind }) => kind)).toEqual(['openai', 'groq']);
  });

  it('makes a provider from its settings', () => {
    expect(factory.create(settingsOf('groq'))).toBe(provider);
    expect(made).toEqual([settingsOf('groq')]);
  });

  it('refuses a kind that it does not know, and says which it knows', () => {
    expect(() => factory.create(settingsOf('ollama'))).toThrow(
      'providers.main.kind is "ollama", which is not served here; set it to one of: openai, groq.',
    );
  });

  it('refuses two of one kind', () => {
    expect(() => createProviderFactory([registration, registration])).toThrow('"openai" are registered twice');
  });
});
