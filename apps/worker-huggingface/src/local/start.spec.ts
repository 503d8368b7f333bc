import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ModelSettings } from '@switchyard/contract';
import { calm, FIXTURES, modelOf, openLocal } from '../__fixtures__/local-models.js';
import { readModelEntry } from './model-entry.js';
import { candidateFolders, readModelPlaces } from './model-places.js';

const PLACES = { modelsDirectory: FIXTURES, folders: [FIXTURES] };
let folder: string;

/** A folder below the test's own, with files that are empty. */
async function makeFolder(name: string, files: readonly string[]): Promise<string> {
  const place = join(folder, name);
  await mkdir(join(place, 'onnx'), { recursive: true });
  for (const file of files) await writeFile(join(place, file), '');
  return place;
}

const JSONS = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-models-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function refusal(options: ModelSettings['options'], more: Partial<ModelSettings> = {}): Promise<string> {
  const opened = openLocal([modelOf('mine', options, more)]);
  const failure: unknown = await opened.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof Error)) throw new Error('It was not refused.');
  return failure.message;
}

describe('the start of a provider with local models', () => {
  it('names a folder that is not there, and where it was looked for', async () => {
    expect(await refusal({ modelPath: './models/gone' })).toBe(
      `models.mine: modelPath ./models/gone is not there (looked for: ${FIXTURES}models/gone, ${FIXTURES}gone). ` +
        "Put the model's folder there.",
    );
  });

  it.each(['model.safetensors', 'best.pth', 'pytorch_model.bin'])(
    'answers %s with the command that mends it',
    async (file) => {
      const place = await makeFolder(`torch-${file}`, [...JSONS, file]);
      const message = await refusal({ modelPath: place });
      expect(message).toContain(`models.mine: ${place} holds ${file} and no .onnx file`);
      expect(message).toContain(`python scripts/export-onnx.py ${place}`);
    },
  );

  it('names a folder that holds no model at all', async () => {
    const place = await makeFolder('empty', ['README.md']);
    expect(await refusal({ modelPath: place })).toContain(`${place} is no model: it holds no .onnx file`);
  });

  it('names a file where a folder belongs', async () => {
    const place = await makeFolder('flattened', ['model.onnx']);
    expect(await refusal({ modelPath: join(place, 'model.onnx') })).toBe(
      `models.mine: ${place}/model.onnx is a file; name the folder that it stands in.`,
    );
  });

  it('names what a model lacks besides its weights', async () => {
    const place = await makeFolder('bare', ['config.json', 'onnx/model.onnx']);
    expect(await refusal({ modelPath: place })).toContain(`${place} lacks tokenizer.json, tokenizer_config.json`);
  });

  it('names bits and dtypes that the folder does not have', async () => {
    const place = await makeFolder('whole', [...JSONS, 'onnx/model.onnx']);
    expect(await refusal({ modelPath: place, quantization: { bits: 4 } })).toBe(
      `models.mine: quantization.bits 4 needs model_q4.onnx or model_q4f16.onnx or model_bnb4.onnx in ${place}/onnx, which ` +
        'has model.onnx; export it with scripts/export-onnx.py --dtype, or change quantization.bits 4.',
    );
    expect(await refusal({ modelPath: place, dtype: 'fp16' })).toContain('dtype fp16 needs model_fp16.onnx');
    expect(await refusal({ modelPath: place, dtype: 'int3' })).toContain('dtype int3 is unknown; use one of: fp32,');
    expect(await refusal({ modelPath: place, dtype: 'fp16', quantization: { bits: 8 } })).toContain('are not the same');
  });

  it('names what a local model cannot do', async () => {
    const capabilities = ['generation', 'tools', 'image'] as const;
    expect(await refusal({ modelPath: 'tiny-writer' }, { capabilities })).toBe(
      'models.mine.capabilities: a local model has no tools, image; leave only generation, code, embedding.',
    );
  });

  it('names every model at fault, a line each', async () => {
    const models = [modelOf('one', { modelPath: 'a' }), modelOf('two', { modelPath: 'b' })];
    await expect(openLocal(models)).rejects.toThrow(/^models\.one: .*\nmodels\.two: /);
  });

  it('refuses cuda where there is none, and says how to get it', async () => {
    const message = await refusal({ modelPath: 'tiny-encoder', device: 'cuda' });
    expect(message).toContain('models.mine.device is cuda, and the runtime of providers.hf finds no GPU.');
    expect(message).toContain('device: auto');
  });
});

describe('the entry of a local model', () => {
  it.each([
    [{}, 'fp32'],
    [{ dtype: 'auto' }, 'fp32'],
    [{ dtype: 'q8' }, 'q8'],
    [{ quantization: { bits: 16 } }, 'fp16'],
    [{ quantization: { bits: 8 } }, 'q8'],
    [{ quantization: { bits: 8 }, dtype: 'q8' }, 'q8'],
  ])('%j is %s', (options, dtype) => {
    const { source } = readModelEntry('tiny', { modelPath: 'tiny-encoder', ...options }, PLACES);
    expect(source).toEqual({
      place: `${FIXTURES}tiny-encoder`,
      subfolder: 'onnx',
      fromHub: false,
      dtype,
      device: 'auto',
    });
  });

  it('takes the first of the files that so few bits can mean', async () => {
    const place = await makeFolder('four', [...JSONS, 'onnx/model_bnb4.onnx', 'onnx/model_q4f16.onnx']);
    expect(readModelEntry('x', { modelPath: place, quantization: { bits: 4 } }, PLACES).source.dtype).toBe('q4f16');
    const flat = await makeFolder('flat', [...JSONS, 'model_int8.onnx']);
    const { source } = readModelEntry('x', { modelPath: flat, quantization: { bits: 8 } }, PLACES);
    expect(source).toMatchObject({ dtype: 'int8', subfolder: '' });
  });

  it('without a path is a model of the hub', () => {
    const { source } = readModelEntry('Xenova/all-MiniLM-L6-v2', { quantization: { bits: 4 }, device: 'cpu' }, PLACES);
    const hub = { place: 'Xenova/all-MiniLM-L6-v2', subfolder: 'onnx', fromHub: true, dtype: 'q4', device: 'cpu' };
    expect(source).toEqual(hub);
  });

  it('has the defaults of the documentation, and what the file says', () => {
    const path = { modelPath: 'tiny-encoder' };
    expect(readModelEntry('x', path, PLACES)).toMatchObject({ maxLength: 512, normalize: false, batchSize: 64 });
    const said = { maxLength: 128, normalize: true, keepLoadedMs: 0, batching: { maxSize: 8 } };
    expect(readModelEntry('x', { ...path, ...said }, PLACES)).toMatchObject({
      ...{ maxLength: 128, normalize: true, keepLoadedMs: 0, batchSize: 8 },
    });
  });
});

describe('where models are looked for', () => {
  it('is beside the configuration, here, and in MODELS_DIR', () => {
    const here = process.cwd();
    const places = readModelPlaces({ SWITCHYARD_CONFIG: '/etc/switchyard/switchyard.yaml', MODELS_DIR: '/models' });
    expect(candidateFolders('./models/mini', places)).toEqual([
      '/etc/switchyard/models/mini',
      join(here, 'models/mini'),
      '/models/mini',
    ]);
    expect(candidateFolders('/opt/mini', places)).toEqual(['/opt/mini']);
    expect(readModelPlaces({ MODELS_DIR: '' })).toEqual({ modelsDirectory: join(here, 'models'), folders: [here] });
  });
});

describe('a provider with local models', () => {
  it('says what it runs on, and what it holds', async () => {
    const model = modelOf('tiny', { modelPath: 'tiny-encoder', keepLoadedMs: 0 });
    const provider = await openLocal([model], { instances: { maxBytes: 1_000_000, idleMs: 0 } });
    try {
      const { signal } = calm();
      expect(await provider.facts?.(signal)).toEqual({ device: 'cpu', loadedModels: 0, modelBytes: 0 });
      const call = { providerModel: 'tiny', request: { input: 'why' }, options: model.options ?? {} };
      await provider.embed?.(call, calm());
      const held = await provider.facts?.(signal);
      expect(held?.['modelBytes']).toBeGreaterThanOrEqual(0);
      expect(await provider.isAvailable(calm())).toEqual({ available: true });
      expect(await provider.listModels(calm())).toEqual([{ id: 'tiny' }]);
      expect(await provider.getModelInfo('tiny', calm())).toEqual({ id: 'tiny' });
      expect(await provider.getModelInfo('other', calm())).toBeUndefined();
      expect(provider.auth.status()).toEqual({ kind: 'none', status: 'valid', expiresAt: null });
      expect(await provider.auth.validate(signal)).toEqual({ kind: 'none', length: 0, expiresAt: null });
    } finally {
      await provider.close();
    }
  });

  it('refuses a model that all of its memory would not hold', async () => {
    const model = modelOf('tiny', { modelPath: 'tiny-encoder' });
    const provider = await openLocal([model], { instances: { maxBytes: 1_000 } });
    const call = { providerModel: 'tiny', request: { input: 'why' }, options: model.options ?? {} };
    await expect(provider.embed?.(call, calm())).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringContaining('of 1000 that all together may take'),
      reachedVendor: false,
    });
    await provider.close();
  });

  it('is not available once a folder is gone, and again when it is back', async () => {
    const place = await makeFolder('moved', [...JSONS, 'model.onnx']);
    const provider = await openLocal([modelOf('moved', { modelPath: place })]);
    await rm(place, { recursive: true });
    expect(await provider.isAvailable(calm())).toEqual({
      available: false,
      reason: expect.stringContaining(`models.moved: modelPath ${place} is not there`),
    });
    await makeFolder('moved', [...JSONS, 'model.onnx']);
    expect(await provider.isAvailable(calm())).toEqual({ available: true });
    await provider.close();
  });

  it('names the model whose files are broken, and serves the others', async () => {
    const place = await makeFolder('broken', []);
    for (const file of JSONS) await writeFile(join(place, file), '{}');
    await writeFile(join(place, 'onnx/model.onnx'), 'this is no model');
    const broken = modelOf('broken', { modelPath: place });
    const tiny = modelOf('tiny', { modelPath: 'tiny-encoder' });
    const provider = await openLocal([broken, tiny]);
    const ask = ({ providerModel, options }: ModelSettings) =>
      provider.embed?.({ providerModel, request: { input: 'why' }, options: options ?? {} }, calm());
    await expect(ask(broken)).rejects.toMatchObject({
      code: 'model_unavailable',
      // Not where it stands: whoever sent the job need not know.
      message: expect.not.stringContaining(folder),
      reachedVendor: false,
    });
    await expect(ask(broken)).rejects.toThrow('The model broken cannot be loaded');
    expect((await ask(tiny))?.embeddings).toHaveLength(1);
    await provider.close();
  });
});
