import { type EmbedReply, type ModelRequest, type ModelSettings, type Provider } from '@switchyard/contract';
import { calm, modelOf, openLocal, reference } from '../__fixtures__/local-models.js';

const MODELS = {
  fp32: modelOf('tiny', { modelPath: 'tiny-encoder' }),
  fp16: modelOf('tiny-fp16', { modelPath: './tiny-encoder', dtype: 'fp16' }),
  q8: modelOf('tiny-q8', { modelPath: 'tiny-encoder', quantization: { bits: 8 } }),
  unit: modelOf('tiny-unit', { modelPath: 'models/tiny-encoder', normalize: true }),
  short: modelOf('tiny-short', { modelPath: 'tiny-encoder', maxLength: 5 }),
  writer: modelOf('tiny-writer', { modelPath: 'tiny-writer' }),
} as const satisfies Record<string, ModelSettings>;

let provider: Provider;

beforeAll(async () => {
  provider = await openLocal(Object.values(MODELS));
});
afterAll(() => provider.close());

async function embed(
  input: ModelRequest['input'] & {},
  model: ModelSettings = MODELS.fp32,
  request: ModelRequest = {},
  context = calm(),
): Promise<EmbedReply> {
  const call = { providerModel: model.providerModel, request: { input, ...request }, options: model.options ?? {} };
  if (!provider.embed) throw new Error('It cannot embed.');
  return await provider.embed(call, context);
}

/** The largest difference between two lists of vectors. */
function distance(one: readonly (readonly number[])[], other: readonly (readonly number[])[]): number {
  const differences = one.flatMap((vector, row) =>
    vector.map((number, column) => Math.abs(number - (other[row]?.[column] ?? NaN))),
  );
  return Math.max(...differences);
}

const vectorsOf = (list: readonly { readonly vector: readonly number[] }[]) => list.map(({ vector }) => vector);

describe('the vectors of a local model', () => {
  it('are those of the reference runtime', async () => {
    const { embeddings, usage, warnings } = await embed(reference.texts);
    expect(distance(embeddings, vectorsOf(reference.fp32))).toBeLessThan(1e-6);
    const tokens = reference.fp32.reduce((sum, each) => sum + each.tokens, 0);
    expect(usage).toEqual({ promptTokens: tokens, completionTokens: 0, totalTokens: tokens });
    expect(warnings).toEqual(['input[7] has more than 512 tokens and was cut at its end.']);
  });

  it('are those of the reference runtime with eight bits too', async () => {
    const texts = reference.texts.slice(0, reference.q8.length);
    const { embeddings } = await embed(texts, MODELS.q8);
    expect(distance(embeddings, vectorsOf(reference.q8))).toBeLessThan(1e-6);
    expect(distance(embeddings, vectorsOf(reference.fp32).slice(0, texts.length))).toBeGreaterThan(1e-3);
  });

  it('come close with half the bits', async () => {
    const { embeddings } = await embed(reference.texts, MODELS.fp16);
    expect(distance(embeddings, vectorsOf(reference.fp32))).toBeLessThan(1e-2);
  });

  it.each(['fp32', 'fp16', 'q8'] as const)('are the same to the last bit in any company (%s)', async (dtype) => {
    const [first = '', second = '', ...rest] = reference.texts;
    const model = MODELS[dtype];
    const { embeddings } = await embed([first, second, first, ...rest], model);
    expect(embeddings[2]).toEqual(embeddings[0]);
    // Lower and upper case are one to this tokenizer.
    expect(embeddings[1]).toEqual(embeddings[0]);
    expect((await embed(first, model)).embeddings).toEqual([embeddings[0]]);
    const [last = ''] = rest.slice(-1);
    expect((await embed([last], model)).embeddings).toEqual([embeddings.at(-1)]);
  });

  it('have the length 1 when asked', async () => {
    const { embeddings } = await embed(reference.texts, MODELS.unit);
    for (const vector of embeddings) expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
    const [plain = []] = vectorsOf(reference.fp32);
    const length = Math.hypot(...plain);
    expect(distance(embeddings.slice(0, 1), [plain.map((number) => number / length)])).toBeLessThan(1e-6);
  });

  it('are of all inputs, in their order, also of many', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `job ${index % 90} ${'keeps '.repeat(index % 7)}`);
    const { embeddings } = await embed(many);
    expect(embeddings).toHaveLength(300);
    const [alone = []] = (await embed(many[123] ?? '')).embeddings;
    expect(distance([embeddings[123] ?? []], [alone])).toBe(0);
  });
});

describe('a text over maxLength', () => {
  it('is cut at its end, with a warning', async () => {
    const { embeddings, warnings, usage } = await embed(['a queue keeps every job', 'why'], MODELS.short);
    expect(warnings).toEqual(['input[0] has more than 5 tokens and was cut at its end.']);
    expect(usage?.promptTokens).toBe(5 + 3);
    expect(embeddings[0]).toEqual((await embed('a queue keeps')).embeddings[0]);
  });

  it('is refused when asked', async () => {
    const call = embed(['why', 'a queue keeps every job'], MODELS.short, { overflow: 'refuse' });
    await expect(call).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'input[1] has more than 5 tokens; shorten it.',
      refused: true,
    });
  });

  it('takes no longer than it must, however long it is', async () => {
    const began = performance.now();
    const { usage, embeddings } = await embed('every worker waits. '.repeat(100_000));
    expect(usage?.promptTokens).toBe(512);
    expect(performance.now() - began).toBeLessThan(3_000);
    const short = await embed('every worker waits. '.repeat(1_000));
    expect(embeddings).toEqual(short.embeddings);
  });
});

describe('a call of a local model', () => {
  it('warns of what it has no use for', async () => {
    const { warnings } = await embed('why', MODELS.fp32, { temperature: 1 });
    expect(warnings).toEqual(['temperature is not supported by this provider and was left out.']);
  });

  it('says when the model begins, and not before', async () => {
    let begun = 0;
    await embed('why', MODELS.fp32, {}, { ...calm(), onSent: () => (begun += 1) });
    expect(begun).toBe(1);
    const gone = modelOf('gone', { modelPath: 'nowhere' });
    const call = embed('why', gone, {}, { ...calm(), onSent: () => (begun += 1) });
    await expect(call).rejects.toMatchObject({ code: 'model_unavailable', reachedVendor: false });
    expect(begun).toBe(1);
  });

  it('is let go of at once when it is canceled, and the next one runs', async () => {
    const controller = new AbortController();
    const long = Array.from({ length: 400 }, (_, index) => `${'every job waits '.repeat(100)}${index}`);
    const reason = new Error('canceled');
    let canceledAt = 0;
    const onSent = (): void => {
      canceledAt = performance.now();
      controller.abort(reason);
    };
    await expect(embed(long, MODELS.fp32, {}, { signal: controller.signal, onSent })).rejects.toBe(reason);
    expect(performance.now() - canceledAt).toBeLessThan(500);
    expect((await embed('why')).embeddings).toHaveLength(1);
    await expect(embed('why', MODELS.fp32, {}, { signal: controller.signal })).rejects.toBe(reason);
  });

  it('leaves this thread free while the model computes', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 5);
    const began = performance.now();
    await embed(Array.from({ length: 64 }, (_, index) => `${'every job waits '.repeat(100)}${index}`));
    clearInterval(timer);
    // A thread that computes itself has a turn for each batch, of which these are five.
    expect(turns).toBeGreaterThan((performance.now() - began) / 5 / 10);
  });

  it('fails by name where the files are of another kind of model', async () => {
    const call = embed('why', MODELS.writer);
    await expect(call).rejects.toMatchObject({ name: 'ProviderError', reachedVendor: true, refused: true });
  });
});
