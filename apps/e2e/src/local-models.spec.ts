import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EmbeddingResult } from '@switchyard/contract';
import { until } from '@switchyard/stage';
import { GATEWAY_KEYS, startGateway, type Gateway } from './__fixtures__/gateway.js';
import { recordingTo, vendorPackagesIn } from './__fixtures__/loaded-packages.js';

const MODELS = fileURLToPath(new URL('../../worker-huggingface/src/__fixtures__/', import.meta.url));
const reference = JSON.parse(readFileSync(`${MODELS}reference.json`, 'utf8')) as {
  readonly texts: readonly string[];
  readonly fp32: readonly { readonly tokens: number; readonly vector: readonly number[] }[];
  readonly written: readonly { readonly text: string }[];
};

function configure(broken = false): string {
  const model = { provider: 'huggingface', price: 'free' };
  const models = [
    {
      ...{ ...model, id: 'tiny', capabilities: ['embedding'], contextWindow: 512 },
      ...{ modelPath: `${MODELS}tiny-encoder`, modelType: 'transformer' },
    },
    {
      ...{ ...model, id: 'writer', capabilities: ['generation', 'code'], contextWindow: 128 },
      modelPath: `${MODELS}tiny-writer`,
    },
    {
      ...{ ...model, id: 'gone', capabilities: ['embedding'], contextWindow: 512 },
      modelPath: `${MODELS}nowhere`,
    },
  ];
  return JSON.stringify({
    providers: { huggingface: {} },
    models: broken ? models : models.slice(0, 2),
    customModel: 'tiny',
    tenants: { acme: { keys: [{ name: 'acme-app', key: GATEWAY_KEYS.jobs, scopes: ['jobs'] }] } },
  });
}

/** The largest difference of two lists of vectors. */
function distance(one: readonly (readonly number[])[], other: readonly (readonly number[])[]): number {
  return Math.max(
    ...one.flatMap((vector, row) => vector.map((number, column) => Math.abs(number - (other[row]?.[column] ?? NaN)))),
  );
}

const expected = reference.fp32.map(({ vector }) => vector);

describe('models of a folder, in the worker', () => {
  let gateway: Gateway;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'switchyard-local-'));
    gateway = await startGateway(undefined, ['api'], () => configure());
    await gateway.start('worker-huggingface', recordingTo(join(folder, 'loaded')));
  }, 60_000);
  afterAll(async () => {
    await gateway.close();
    await rm(folder, { recursive: true, force: true });
  }, 30_000);

  async function embed(input: string | readonly string[]): Promise<EmbeddingResult> {
    const { id } = await gateway.submit({ type: 'embedding', request: { input }, selection: { modelId: 'tiny' } });
    const { status, result, error } = await gateway.read(id, 30);
    expect([status, error]).toEqual(['succeeded', null]);
    return result as EmbeddingResult;
  }

  it('say in the log what they run on', async () => {
    const worker = gateway.apps.get('worker-huggingface');
    await until(
      'told',
      () => worker?.output().includes('"device":"cpu"') === true,
      20_000,
      () => worker?.output() ?? '',
    );
  });

  it('embed as the reference runtime does, the same again each time', async () => {
    const texts = reference.texts.filter((text) => text !== '');
    const wanted = expected.filter((_, index) => reference.texts[index] !== '');
    const first = await embed(texts);
    expect(distance(first.embeddings, wanted)).toBeLessThan(1e-4);
    expect(first.metadata).toEqual({ warnings: ['input[6] has more than 512 tokens and was cut at its end.'] });
    const again = await Promise.all([embed(texts), embed(texts[0] ?? '')]);
    expect(again[0].embeddings).toEqual(first.embeddings);
    expect(again[1].embeddings).toEqual([first.embeddings[0]]);
  });

  it('write as the reference runtime does', async () => {
    const { id } = await gateway.submit({
      type: 'generation',
      request: { prompt: 'Why?' },
      selection: { modelId: 'writer' },
    });
    expect(await gateway.read(id, 30)).toMatchObject({
      status: 'succeeded',
      result: { content: reference.written[0]?.text, usage: { promptTokens: 7, completionTokens: 20 } },
    });
  });

  it('answer at the address of the custom model', async () => {
    const texts = reference.texts.slice(0, 3);
    const answer = await gateway.request('/api/v1/model/inference', {
      method: 'POST',
      body: JSON.stringify({ texts }),
    });
    const { input_text, embeddings, model_type } = (await answer.json()) as {
      input_text: unknown;
      embeddings: number[][];
      model_type: unknown;
    };
    expect([answer.status, input_text, model_type]).toEqual([200, texts, 'transformer']);
    expect(distance(embeddings, expected.slice(0, 3))).toBeLessThan(1e-4);
  });

  it('load no client of hosted ones', async () => {
    expect(await vendorPackagesIn(join(folder, 'loaded'))).not.toContain('openai');
  });

  it('are refused at the start by name where a folder is gone, and the mend is told', async () => {
    const broken = await startGateway(undefined, ['api'], () => configure(true));
    try {
      // It is never ready; what it says at its end is what counts.
      broken.start('worker-huggingface').catch(() => undefined);
      const worker = () => broken.apps.get('worker-huggingface');
      await until('ended', () => worker()?.running === false, 20_000);
      expect(worker()?.output()).toMatch(
        /worker-huggingface: models\.gone: modelPath \S+nowhere is not there .*Put the model's folder there/,
      );
      const health = await fetch(`${broken.url}/health/ready`);
      expect(health.status).toBe(200);
    } finally {
      await broken.close();
    }
  }, 90_000);
});
