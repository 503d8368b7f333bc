import { type GenerateReply, type ModelRequest, type Provider, type StreamPart } from '@switchyard/contract';
import { calm, modelOf, openLocal, reference } from '../__fixtures__/local-models.js';

const WRITER = modelOf('tiny-writer', { modelPath: 'tiny-writer' }, { capabilities: ['generation', 'code'] });
const ENCODER = modelOf('tiny-encoder', { modelPath: 'tiny-encoder' });
const SENTENCE = ' A queue keeps every job until some worker takes it 🚂 and says so.';

let provider: Provider;

beforeAll(async () => {
  provider = await openLocal([WRITER, ENCODER]);
});
afterAll(() => provider.close());

function callOf(request: ModelRequest, model = WRITER) {
  return { providerModel: model.providerModel, request, options: model.options ?? {} };
}

async function write(request: ModelRequest, model = WRITER): Promise<GenerateReply> {
  if (!provider.generate) throw new Error('It cannot write.');
  return await provider.generate(callOf(request, model), calm());
}

async function readStream(request: ModelRequest, context = calm()): Promise<StreamPart[]> {
  const parts: StreamPart[] = [];
  for await (const part of provider.stream?.(callOf(request), context) ?? []) parts.push(part);
  return parts;
}

describe('the text of a local model', () => {
  it('is that of the reference runtime, which reads all anew for each token', async () => {
    const [asked] = reference.written;
    const reply = await write({ prompt: 'Why?' });
    expect(reply).toEqual({
      content: asked?.text,
      toolCalls: [],
      finishReason: 'stop',
      rawFinishReason: 'end-of-text',
      usage: { promptTokens: asked?.promptTokens, completionTokens: asked?.tokens, totalTokens: 27 },
      warnings: [],
      raw: undefined,
    });
    expect(asked?.text).toBe(SENTENCE);
  });

  it('follows a whole conversation in the model’s own form', async () => {
    const { usage, content } = await write({
      systemPrompt: 'Be brief.',
      context: { tone: 'dry' },
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Why?' }] },
        { role: 'assistant', content: 'Because.' },
        { role: 'user', content: 'Why a queue?' },
      ],
    });
    expect(content).toBe(SENTENCE);
    const prompt =
      '<|system|>Be brief.\n\nContext:\n{"tone":"dry"}\n<|user|>Why?\n<|assistant|>Because.\n<|user|>Why a queue?\n<|assistant|>';
    // Every character but those of a few words and the four marks is a token of its own.
    expect(usage?.promptTokens).toBeGreaterThan(prompt.length / 2);
  });

  it.each([
    [{ maxTokens: 5 }, ' A queue keeps every job', 'length', 'length', 5],
    [{ stop: ['until'] }, ' A queue keeps every job ', 'stop', 'stop-text', 7],
    [{ stop: ['🚂 and', 'some w'] }, ' A queue keeps every job until ', 'stop', 'stop-text', 9],
    [{ stop: ['so.'], maxTokens: 60 }, SENTENCE.slice(0, -3), 'stop', 'stop-text', 20],
    [{ stop: ['', 'nothing'], temperature: 0, topP: 0.5 }, SENTENCE, 'stop', 'end-of-text', 20],
  ] as const)('ends as %j asks', async (wishes, content, finishReason, rawFinishReason, completionTokens) => {
    const reply = await write({ prompt: 'Why?', ...wishes });
    expect(reply).toMatchObject({ content, finishReason, rawFinishReason, usage: { completionTokens } });
  });

  it('is the same again with the same seed, and another with another', async () => {
    const chance = { prompt: 'Why?', temperature: 1.5, maxTokens: 40 };
    const texts = await Promise.all([1, 1, 2].map(async (seed) => (await write({ ...chance, seed })).content));
    expect(texts[0]).toBe(texts[1]);
    expect(texts[2]).not.toBe(texts[0]);
  });

  it('repeats less where that is asked', async () => {
    const { content } = await write({ prompt: 'Why?', frequencyPenalty: 2, presencePenalty: 2 });
    expect(content).toBe(SENTENCE);
    const options = { huggingface: { top_k: 1, repetition_penalty: 1.2, colour: 'red', top_p: 'x' } };
    const { warnings } = await write({ prompt: 'Why?', temperature: 1, providerOptions: options });
    expect(warnings).toEqual([
      'providerOptions.huggingface.colour is not supported by a local model and was left out.',
      'providerOptions.huggingface.top_p is not supported by a local model and was left out.',
    ]);
  });

  it('is shortened to what the window leaves, with a warning', async () => {
    const prompt = 'x'.repeat(110);
    const { usage, warnings } = await write({ prompt, maxTokens: 500 });
    const left = 128 - (usage?.promptTokens ?? 0);
    expect(warnings).toEqual([`maxTokens was lowered to ${left}, which the window leaves.`]);
    await expect(write({ prompt: 'x'.repeat(200) })).rejects.toMatchObject({
      code: 'invalid_request',
      message: "The prompt has 203 tokens, and the model's window is 128.",
    });
  });

  it('warns of parameters and refuses parts that it has no place for', async () => {
    const { warnings } = await write({ prompt: 'Why?', maxTokens: 1, tools: [{ name: 'look' }], width: 5 });
    expect(warnings).toEqual([
      'tools is not supported by this provider and was left out.',
      'width is not supported by this provider and was left out.',
    ]);
    const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } } as const;
    await expect(write({ messages: [{ role: 'user', content: [image] }] })).rejects.toMatchObject({
      code: 'invalid_request',
      reachedVendor: false,
    });
  });

  it('is refused by a model that cannot write', async () => {
    await expect(write({ prompt: 'Why?' }, ENCODER)).rejects.toMatchObject({
      code: 'model_unavailable',
      reachedVendor: false,
    });
  });
});

describe('a stream of a local model', () => {
  it('hands on words as they come, and never half a character', async () => {
    const parts = await readStream({ prompt: 'Why?' });
    const texts = parts.flatMap((part) => (part.type === 'text-delta' ? [part.text] : []));
    expect(texts.length).toBeGreaterThan(10);
    expect(texts).toContain('🚂 ');
    expect(texts.join('')).toBe(SENTENCE);
    expect(parts.at(-1)).toMatchObject({ type: 'end', reply: { content: SENTENCE, finishReason: 'stop' } });
    expect(parts.filter(({ type }) => type === 'end')).toHaveLength(1);
  });

  it('never shows a part of what ends it', async () => {
    const parts = await readStream({ prompt: 'Why?', stop: ['job until'] });
    const texts = parts.flatMap((part) => (part.type === 'text-delta' ? [part.text] : []));
    expect(texts.join('')).toBe(' A queue keeps every ');
    expect(parts.at(-1)).toMatchObject({ type: 'end', reply: { content: ' A queue keeps every ' } });
  });

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    const reason = new Error('canceled');
    const read = async (): Promise<void> => {
      for await (const part of provider.stream?.(callOf({ prompt: 'Why?' }), { signal: controller.signal }) ?? []) {
        expect(part.type).toBe('text-delta');
        controller.abort(reason);
      }
    };
    await expect(read()).rejects.toBe(reason);
  });

  it('may be left by its reader, and another goes on', async () => {
    const stream = provider.stream?.(callOf({ prompt: 'Why?' }), calm())[Symbol.asyncIterator]();
    expect((await stream?.next())?.value).toMatchObject({ type: 'text-delta' });
    await stream?.return?.();
    expect((await readStream({ prompt: 'Why?' })).at(-1)).toMatchObject({ type: 'end' });
  });

  it('runs beside others, each with its own text', async () => {
    const streams = await Promise.all([3, 5, 20].map((maxTokens) => readStream({ prompt: 'Why?', maxTokens })));
    const contents = streams.map((parts) => {
      const end = parts.at(-1);
      return end?.type === 'end' ? end.reply.content : '';
    });
    expect(contents).toEqual([' A queue keeps', ' A queue keeps every job', SENTENCE]);
  });
});
