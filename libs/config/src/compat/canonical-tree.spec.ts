import { formatUsd } from '@switchyard/contract';
import type { Configuration } from '../configuration.js';
import { ConfigurationError } from '../faults/configuration-error.js';
import { parseConfiguration } from '../parse-configuration.js';

function parse(text: string, env: NodeJS.ProcessEnv = {}): Configuration {
  return parseConfiguration([{ file: 'switchyard.yaml', text }], env);
}

function faultsOf(text: string): readonly string[] {
  try {
    parse(text);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
}

const GENERATION = `
generation:
  provider: openai
  config: { model_name: gpt-4, max_tokens: 500, temperature: 0.2, top_p: 0.9, region: eu, api_base: "https://x.example/v1",
    api_version: v1, api_key: "\${KEY}", enable_caching: true, cache_ttl: 60, cache_max_size: 10 }`;

describe('a generation block', () => {
  it('is one provider and its default model', () => {
    const { providers, models, defaultProvider } = parse(GENERATION, { KEY: 'sk-one' });
    expect(defaultProvider).toBe('openai');
    expect([...providers.values()]).toMatchObject([
      {
        name: 'openai',
        kind: 'openai',
        baseURL: 'https://x.example/v1',
        apiKey: 'sk-one',
        defaultModel: 'gpt-4',
        options: { region: 'eu', apiVersion: 'v1', cache: { enabled: true, ttlSeconds: 60, maxEntries: 10 } },
      },
    ]);
    expect([...models.values()]).toMatchObject([
      {
        id: 'gpt-4',
        provider: 'openai',
        contextWindow: 8192,
        defaultMaxTokens: 500,
        params: { temperature: 0.2, topP: 0.9 },
        price: { inputPerMillion: 30_000_000_000n, outputPerMillion: 60_000_000_000n },
      },
    ]);
  });

  it('lies beneath what the file says of the same provider and model', () => {
    const { providers, models, defaultProvider } = parse(
      `${GENERATION}
providers: { openai: { apiKey: sk-own }, simulator: {} }
defaultProvider: simulator
models: [ { id: gpt-4, provider: openai, capabilities: [generation], contextWindow: 9, price: free, params: { topP: 0.5 } } ]`,
      { KEY: 'sk-one' },
    );
    expect(defaultProvider).toBe('simulator');
    expect(providers.get('openai')).toMatchObject({ apiKey: 'sk-own', baseURL: 'https://x.example/v1' });
    expect(models.get('gpt-4')).toMatchObject({ contextWindow: 9, params: { temperature: 0.2, topP: 0.5 } });
  });

  it.each([
    ['azure', 'azure_openai', 'gpt-4'],
    ['vertex-ai', 'vertex', 'gemini-1.0-pro'],
    ['OpenAI', 'openai', 'gpt-4'],
    ['google', 'vertex', 'gemini-1.5-pro-002'],
    ['github', 'copilot', 'copilot'],
  ])('knows %s as the kind %s', (spelled, kind, model) => {
    const config = `{ model_name: ${model}, api_key: k, azure_endpoint: "https://x.example" }`;
    const { providers } = parse(`generation: { provider: ${spelled}, config: ${config} }`);
    expect([...providers.values()].map((provider) => provider.kind)).toEqual([kind]);
  });

  it('names its faults where they are written', () => {
    const text = `
generation:
  provider: opnai
  conf: 1
  config: { model_name: gpt-9, max_tokens: many, temperature: 9, api_bas: x }`;
    expect(faultsOf(text)).toEqual([
      expect.stringMatching(/^generation\.provider: must be one of .*; did you mean openai\?$/),
      'generation.conf: unknown field; did you mean config?',
      expect.stringMatching(/^generation\.config\.model_name: nothing is known of this model's window and price/),
      'generation.config.max_tokens: must be a whole number',
      'generation.config.temperature: must be 2 or less',
      'generation.config.api_bas: unknown field; did you mean api_base?',
    ]);
    expect(faultsOf('generation: { provider: azure, config: { model_name: gpt-4 } }')).toEqual([
      expect.stringMatching(/^generation\.config\.api_key: is missing/),
      expect.stringMatching(/^generation\.config\.azure_endpoint: is missing/),
    ]);
    expect(faultsOf('generation: { provider: opnai, config: { model_name: gpt-4 } }')).toEqual([
      expect.stringMatching(/^generation\.provider: must be one of/),
    ]);
    expect(faultsOf('generation: { provider: ollama, config: { model_name: gpt-4 } }')).toEqual([
      expect.stringMatching(/^generation\.config\.model_name: nothing is known of this model's window and price/),
    ]);
    expect(faultsOf('generation: {}')).toEqual(['generation.provider: is missing; name the kind of provider']);
    expect(faultsOf('generation: simulator')).toEqual(['generation: must be a map of provider and config']);
  });
});

describe('a price per thousand tokens', () => {
  const model = (cost: string): string => `
providers: { simulator: {} }
models: [ { id: m, provider: simulator, capabilities: [generation], contextWindow: 9, costPer1kTokens: ${cost} } ]`;

  it.each([
    ['{ input: 0.03, output: "0.06" }', '30.00', '60.00'],
    ['{ input: 0.0001, output: 1e-9 }', '0.10', '0.000001'],
    ['{ input: "${RATE}", output: 0.000000000001 }', '0.0025', '0.000000001'],
  ])('%s is exact per million', (cost, input, output) => {
    const price = parse(model(cost), { RATE: '0.0000025' }).models.get('m')?.price;
    expect(
      [price?.inputPerMillion, price?.outputPerMillion].map((rate) => rate !== undefined && formatUsd(rate)),
    ).toEqual([input, output]);
  });

  it('names its faults where they are written', () => {
    expect(faultsOf(model('{ input: -1, output: much, inptu: 3 }'))).toEqual([
      expect.stringMatching(/^models\[0\]\.costPer1kTokens\.input: must be a decimal amount/),
      expect.stringMatching(/^models\[0\]\.costPer1kTokens\.output: must be a decimal amount/),
      'models[0].costPer1kTokens.inptu: unknown field; did you mean input?',
    ]);
    expect(faultsOf(model('5'))).toEqual([expect.stringMatching(/^models\[0\]\.costPer1kTokens: must be a map/)]);
    expect(faultsOf(model('{ input: 1 }, price: free'))).toEqual([
      'models[0].costPer1kTokens: stands beside price; keep one of them',
    ]);
  });
});

describe('models under their provider', () => {
  it('follow those of the top level', () => {
    const { models } = parse(`
providers: { simulator: { models: [ { id: a, capabilities: [image], price: free } ] }, ollama: { models: } }
models: [ { id: b, provider: ollama, capabilities: [embedding], contextWindow: 9, price: free } ]`);
    expect([...models.values()].map(({ id, provider }) => [id, provider])).toEqual([
      ['b', 'ollama'],
      ['a', 'simulator'],
    ]);
  });

  it('name their faults where they are written', () => {
    const text = `
providers:
  simulator:
    models: [ 1, { id: a, provider: ollama, capabilities: [image], costPer1kTokens: { input: x } }, { capabilties: [] } ]
  ollama: { models: 5 }`;
    expect(faultsOf(text)).toEqual([
      'providers.simulator.models[0]: must be a map',
      expect.stringMatching(
        /^providers\.simulator\.models\[1\]\.provider: this list belongs to the provider simulator/,
      ),
      expect.stringMatching(/^providers\.simulator\.models\[1\]\.costPer1kTokens\.input: must be a decimal/),
      'providers.simulator.models[2].id: is missing; give it a value',
      'providers.simulator.models[2].capabilities: is missing; give it a value',
      expect.stringMatching(/^providers\.simulator\.models\[2\]\.price: is missing/),
      'providers.simulator.models[2].capabilties: unknown field; did you mean capabilities?',
      'providers.ollama.models: must be a list',
    ]);
  });
});
