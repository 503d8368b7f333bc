import { formatUsd, type ModelSettings } from '@switchyard/contract';
import type { Configuration } from '../configuration.js';
import { ConfigurationError } from '../faults/configuration-error.js';
import { parseConfiguration } from '../parse-configuration.js';
import { describeFilled } from './describe-filled.js';
import { warnOfRetired } from './warn-of-retired.js';

const PROVIDERS = `
providers:
  openai: { apiKey: k }
  anthropic: { apiKey: k }
  groq: { apiKey: k }
  ollama:
  huggingface:
  hosted: { kind: huggingface, endpoint: "https://x.example", apiKey: k }
  own: { kind: custom, baseURL: "https://x.example" }
  simulator:
`;

function parse(models: string): Configuration {
  return parseConfiguration([{ file: 'switchyard.yaml', text: `${PROVIDERS}models: ${models}` }], {});
}

function faultsOf(models: string): readonly string[] {
  try {
    parse(models);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
}

function modelOf(entry: string): ModelSettings | undefined {
  return [...parse(`[ ${entry} ]`).models.values()][0];
}

describe('what the catalogue fills in', () => {
  it('is capabilities, windows and price, and it says so', () => {
    const { models, filled } = parse('[ { id: gpt-4o-mini, provider: openai } ]');
    expect([...models.keys()]).toEqual(['gpt-4o-mini']);
    const model = models.get('gpt-4o-mini');
    expect(model).toMatchObject({
      providerModel: 'gpt-4o-mini',
      capabilities: ['generation', 'code', 'tools', 'json', 'image_input', 'file_input'],
      contextWindow: 128_000,
      maxOutputTokens: 16_384,
      price: { batchFactorPpm: 500_000 },
    });
    expect(model && formatUsd(model.price.inputPerMillion)).toBe('0.15');
    expect(filled).toEqual([
      {
        id: 'gpt-4o-mini',
        fields: {
          capabilities: ['generation', 'code', 'tools', 'json', 'image_input', 'file_input'],
          contextWindow: 128_000,
          maxOutputTokens: 16_384,
          price: {
            inputPerMillion: '0.15',
            outputPerMillion: '0.6',
            cachedInputPerMillion: '0.075',
            batchFactor: '0.5',
          },
        },
        date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      },
    ]);
  });

  it('leaves alone what the entry says, and what was said whole', () => {
    const said =
      '{ id: gpt-4, provider: openai, capabilities: [generation], contextWindow: 9, price: free, maxOutputTokens: 5 }';
    expect(parse(`[ ${said} ]`).filled).toEqual([]);
    expect(modelOf('{ id: gpt-4, provider: openai, capabilities: [generation], price: free }')).toMatchObject({
      capabilities: ['generation'],
      contextWindow: 8192,
      price: { inputPerMillion: 0n },
    });
    const { price } = modelOf('{ id: gpt-4, provider: openai, costPer1kTokens: { input: 1 } }') ?? {};
    expect([price?.inputPerMillion, price?.outputPerMillion]).toEqual([1_000_000_000_000n, 0n]);
  });

  it('does not cap an answer below what the entry asks for', () => {
    expect(modelOf('{ id: gpt-4, provider: openai, defaultMaxTokens: 9000 }')).not.toHaveProperty('maxOutputTokens');
  });

  it('goes by the vendor’s own name, whatever the id', () => {
    expect(modelOf('{ id: fast, provider: groq, providerModel: openai/gpt-oss-20b }')?.contextWindow).toBe(131_072);
    expect(modelOf('{ id: gpt-4, provider: groq, providerModel: openai/gpt-oss-20b }')?.contextWindow).toBe(131_072);
  });

  it.each([
    ['GPT4-o', 'openai', 'gpt-4o'],
    ['mixtral', 'groq', 'mixtral-8x7b-32768'],
    ['all-MiniLM-L6-v2', 'huggingface', 'Xenova/all-MiniLM-L6-v2'],
    ['gpt-4o-2024-08-06', 'openai', 'gpt-4o-2024-08-06'],
    ['claude-3-opus-20240229', 'anthropic', 'claude-3-opus-20240229'],
    ['llama3:8b-instruct-q4_0', 'ollama', 'llama3:8b-instruct-q4_0'],
    ['gpt4o', 'simulator', 'gpt4o'],
  ])('sends the vendor its own name: %s at %s is %s', (id, provider, providerModel) => {
    expect(modelOf(`{ id: "${id}", provider: ${provider} }`)?.providerModel).toBe(providerModel);
  });

  it('says nothing of the name of a folder', () => {
    const model = modelOf('{ id: all-MiniLM-L6-v2, provider: huggingface, modelPath: ./mine }');
    expect([model?.providerModel, model?.contextWindow]).toEqual(['all-MiniLM-L6-v2', 512]);
  });

  it.each([
    ['a server of one’s own', 'own', 'gpt-4'],
    ['a hosted endpoint', 'hosted', 'gpt2'],
  ])('is no price of %s', (_, provider, id) => {
    expect(faultsOf(`[ { id: ${id}, provider: ${provider} } ]`)).toEqual([
      expect.stringMatching(/^models\[0\]\.price: is missing: give the prices in dollars per million tokens/),
    ]);
  });

  it('is nothing of a model that it does not know, or not at this kind of provider', () => {
    for (const [id, provider] of [
      ['gpt-99', 'openai'],
      ['claude-opus-5', 'openai'],
      ['gpt-4-of-mine', 'openai'],
      ['__proto__', 'openai'],
    ]) {
      expect(faultsOf(`[ { id: "${id}", provider: ${provider} } ]`)).toEqual([
        'models[0].capabilities: is missing; give it a value',
        expect.stringMatching(/^models\[0\]\.price: is missing/),
      ]);
    }
    expect(faultsOf('[ { id: gpt-99, provider: openai, capabilities: [generation], price: free } ]')).toEqual([
      expect.stringMatching(/^models\[0\]\.contextWindow: is missing/),
    ]);
  });

  it('does not stand in the document that others are laid over', () => {
    expect(parse('[ { id: gpt-4, provider: openai } ]').document['models']).toEqual([
      { id: 'gpt-4', provider: 'openai' },
    ]);
  });

  it.each(['[ 1, { id: 5, provider: [] } ]', '{ a: 1 }'])('leaves what is no model to the schema: %s', (models) => {
    expect(faultsOf(models).length).toBeGreaterThan(0);
  });
});

describe('the block that tells of it', () => {
  it('has a line for each model', () => {
    const models = '[ { id: gpt-4, provider: openai }, { id: x, provider: own, providerModel: gpt-4, price: free } ]';
    expect(describeFilled(parse(models))).toEqual([
      'The catalogue filled in what the configuration leaves out:',
      expect.stringMatching(
        /^ {2}gpt-4: capabilities \[generation, code, tools, json\], contextWindow 8192, maxOutputTokens 8192, price \{ inputPerMillion: 30, outputPerMillion: 60, batchFactor: 0\.5 \} \(price of 2026-\d\d-\d\d\)$/,
      ),
      '  x: capabilities [generation, code, tools, json], contextWindow 8192, maxOutputTokens 8192',
    ]);
  });

  it('is not there where nothing was filled in', () => {
    expect(describeFilled({ filled: [] })).toEqual([]);
  });
});

describe('what a kind of provider cannot do', () => {
  it('is refused by name', () => {
    expect(faultsOf('[ { id: claude-opus-5, provider: anthropic, capabilities: [generation, embedding] } ]')).toEqual([
      expect.stringMatching(
        /^models\[0\]\.capabilities\[1\]: a provider of the kind anthropic cannot do embedding; it can do generation, /,
      ),
    ]);
  });

  it('is refused where a version moves the model there', () => {
    const model = '{ id: text-embedding-3-small, provider: openai, versions: { v: { provider: anthropic } } }';
    expect(faultsOf(`[ ${model} ]`)).toEqual([
      'models[0].versions.v.provider: is of the kind anthropic, which cannot do embedding as the model can',
    ]);
  });

  it('is not moderation, which no adapter does', () => {
    expect(faultsOf('[ { id: m, provider: openai, capabilities: [moderation], price: free } ]')).toEqual([]);
  });
});

describe('a model that its vendor retires', () => {
  const warnings = (id: string, day: string): readonly string[] =>
    warnOfRetired({ providers: { openai: {} }, models: [{ id, provider: 'openai' }, 5] }, Date.parse(day));

  it('is named once it is gone, and soon before', () => {
    expect(warnings('gpt-4', '2026-11-30')).toEqual([
      'models.gpt-4: its vendor has served it no more since 2026-10-23; name a newer model',
    ]);
    expect(warnings('gpt-4', '2026-09-30')).toEqual([
      'models.gpt-4: its vendor serves it until 2026-10-23; name a newer model before that',
    ]);
    expect(warnings('gpt-4', '2026-01-01')).toEqual([]);
    expect(warnings('gpt-6-sol', '2026-11-30')).toEqual([]);
  });

  it('is named at the start', () => {
    expect(parse('[ { id: gpt-4, provider: openai } ]').warnings).toContain(
      'models.gpt-4: its vendor has served it no more since 2026-10-23; name a newer model',
    );
  });
});
