import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import {
  CAPABILITIES,
  parseUsd,
  PROVIDER_DESCRIPTIONS,
  PROVIDER_KINDS,
  type Capability,
  type ProviderKind,
} from '@switchyard/contract';
import { readCatalogue, type CatalogueModel } from './catalogue.js';
import { findModel } from './find-model.js';

const { date, models } = readCatalogue();
const DAY = /^\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])$/;
const TEXT: readonly Capability[] = ['generation', 'code', 'embedding'];

const can = ({ capabilities }: CatalogueModel, ...wanted: readonly Capability[]): boolean =>
  wanted.some((capability) => capabilities.includes(capability));

/** Names that a provider of a kind would find an entry under. */
const namesOf = ({ id, aliases = [], kinds }: CatalogueModel): readonly string[] =>
  kinds.flatMap((kind) => [id, ...aliases].map((name) => `${kind} ${name.toLowerCase()}`));

/** Every amount of a price. */
function amountsOf(price: CatalogueModel['price']): readonly string[] {
  if (price === 'free') return [];
  const { perImage = {}, above = [], batchFactor: _factor, ...rates } = price;
  const steps = above.flatMap(({ inputTokens: _bound, ...stepRates }) => Object.values(stepRates));
  return [...Object.values(rates), ...steps, ...(typeof perImage === 'string' ? [perImage] : Object.values(perImage))];
}

describe('the catalogue', () => {
  it('is what its sources make', async () => {
    const script = resolve(import.meta.dirname, '../../../../scripts/catalogue.mjs');
    const complaint = await new Promise((done) => {
      execFile(process.execPath, [script, '--check'], (error, _out, err) => done(error ? err : ''));
    });
    expect(complaint).toBe('');
  });

  it('has a date, and nothing in it is of a later one', () => {
    expect(date).toMatch(DAY);
    for (const model of models) expect(model.date <= date ? model.date : `${model.id}: ${model.date}`).toMatch(DAY);
  });

  it('names nothing twice at one kind of provider', () => {
    const names = models.flatMap(namesOf);
    expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual([]);
  });

  it('has models for every kind of work, at every vendor that does it', () => {
    const kindsOf = (capability: Capability): readonly ProviderKind[] =>
      PROVIDER_KINDS.filter((kind) => models.some((model) => can(model, capability) && model.kinds.includes(kind)));
    const hosts = ['openai', 'azure_openai', 'vertex', 'ollama', 'huggingface', 'simulator'] as const;
    const talkers = [...hosts, 'anthropic', 'anthropic_vertex', 'groq', 'copilot'];
    expect(kindsOf('generation')).toEqual(expect.arrayContaining(talkers));
    expect(kindsOf('embedding')).toEqual(expect.arrayContaining([...hosts]));
    expect(kindsOf('image')).toEqual(
      expect.arrayContaining(['openai', 'azure_openai', 'stable_diffusion', 'simulator']),
    );
  });
});

describe.each(models.map((model) => [`${model.kinds.join(', ')}: ${model.id}`, model] as const))('%s', (_, model) => {
  it('says all that its capabilities need', () => {
    expect(model.capabilities.length).toBeGreaterThan(0);
    expect(model.capabilities.filter((capability) => !CAPABILITIES.includes(capability))).toEqual([]);
    for (const kind of model.kinds) {
      expect(can(model, ...PROVIDER_DESCRIPTIONS[kind].capabilities)).toBe(true);
    }
    if (can(model, ...TEXT)) expect(model.contextWindow).toBeGreaterThan(0);
    if (can(model, 'generation')) expect(model.maxOutputTokens ?? 1).toBeLessThanOrEqual(model.contextWindow ?? 0);
    expect(model.source).toMatch(/^(https:\/\/|apps\/)/);
  });

  it('has a price for what it does, in plain decimals', () => {
    const { price } = model;
    for (const amount of amountsOf(price)) expect([amount, parseUsd(amount)]).toEqual([amount, expect.any(BigInt)]);
    if (price === 'free' || price.perRequest !== undefined) return;
    if (can(model, ...TEXT)) expect(price.inputPerMillion).toBeDefined();
    if (can(model, 'generation', 'code')) expect(price.outputPerMillion).toBeDefined();
    if (can(model, 'image')) expect(price.perImage ?? price.outputPerMillion).toBeDefined();
    expect(price.batchFactor ?? '1').toMatch(/^(0\.\d{1,6}|1)$/);
    const bounds = (price.above ?? []).map(({ inputTokens }) => inputTokens);
    expect(bounds).toEqual(bounds.toSorted((one, other) => one - other));
  });

  it('tells of its end at a kind that has it', () => {
    for (const [kind, day] of Object.entries(model.retired ?? {})) {
      expect(model.kinds).toContain(kind);
      expect(day).toMatch(DAY);
    }
  });
});

describe('the earlier models that files still name', () => {
  it.each<[name: string, kind: ProviderKind, retired: string | undefined]>([
    ['gpt-4', 'openai', '2026-10-23'],
    ['gpt-4-turbo', 'openai', '2026-10-23'],
    ['gpt-3.5-turbo', 'openai', '2026-10-23'],
    ['GPT4-o', 'openai', '2027-01-14'],
    ['gpt-4', 'azure_openai', undefined],
    ['claude-3-opus', 'anthropic', '2026-01-05'],
    ['claude-3-sonnet', 'anthropic', '2025-07-21'],
    ['claude-3-haiku', 'anthropic', '2026-04-20'],
    ['claude-3-5-sonnet@20240229', 'anthropic_vertex', '2026-02-19'],
    ['gemini-1.5-pro-002', 'vertex', '2025-09-24'],
    ['gemini-1.5-flash', 'vertex', '2025-09-24'],
    ['gemini-1.0-pro', 'vertex', '2025-04-21'],
    ['llama2', 'ollama', undefined],
    ['llama3', 'ollama', undefined],
    ['llama-3.1-70b-versatile', 'groq', '2025-01-24'],
    ['mixtral', 'ollama', undefined],
    ['mixtral', 'groq', '2025-03-20'],
    ['gemma', 'ollama', undefined],
    ['gemma', 'groq', '2024-12-18'],
    ['codellama', 'ollama', undefined],
    ['deepseek-coder', 'ollama', undefined],
    ['text-embedding-ada-002', 'openai', undefined],
    ['all-MiniLM-L6-v2', 'huggingface', undefined],
    ['bert-base-uncased', 'huggingface', undefined],
    ['dall-e-3', 'openai', '2026-05-12'],
    ['stable-diffusion-v1-5', 'stable_diffusion', undefined],
    ['copilot', 'copilot', undefined],
  ])('hold %s at %s', (name, kind, retired) => {
    expect(findModel(kind, name)?.model.retired?.[kind]).toBe(retired);
    expect(findModel(kind, name)).toBeDefined();
  });
});

describe('findModel', () => {
  it.each([
    ['openai', 'gpt-4-0613', 'gpt-4'],
    ['openai', 'gpt-4o-2024-05-13', 'gpt-4o-2024-05-13'],
    ['openai', 'gpt-4o-2024-08-06', 'gpt-4o'],
    ['openai', 'GPT-4O', 'gpt-4o'],
    ['anthropic', 'claude-haiku-4-5-20251001', 'claude-haiku-4-5'],
    ['anthropic_vertex', 'claude-opus-4-5@20251101', 'claude-opus-4-5'],
    ['anthropic', 'claude-3-7-sonnet-latest', 'claude-3-7-sonnet'],
    ['ollama', 'qwen2.5:0.5b', 'qwen2.5'],
    ['custom', 'llama3', 'llama3'],
    ['simulator', 'claude-opus-5', 'claude-opus-5'],
  ] as const)('finds at %s under %s the model %s', (kind, name, id) => {
    expect(findModel(kind, name)?.model.id).toBe(id);
  });

  it.each([
    ['openai', 'gpt-4-of-mine'],
    ['openai', 'gpt-4-1106-preview'],
    ['openai', 'claude-opus-5'],
    ['openai', 'gpt-4:latest'],
    ['ollama', 'qwen2'],
    ['custom', ''],
  ] as const)('finds nothing at %s under %s', (kind, name) => {
    expect(findModel(kind, name)).toBeUndefined();
  });
});
