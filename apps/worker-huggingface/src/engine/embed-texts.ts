import { Tensor } from '@huggingface/transformers';
import { encodeText, type Encoded } from './encode-text.js';
import { type LocalModel } from './load-model.js';
import { type EmbedOutcome, type EmbedTask } from './protocol.js';
import { TaskError } from './task-error.js';

/** Tokens, padding included, that go through a model at once: they bound its memory and the time to a cancel. */
const MOST_TOKENS_AT_ONCE = 8_192;

/**
 * One vector for each text: the plain mean of its tokens' states. Texts of like length go together, and equal texts are
 * read once.
 * @throws TaskError `too-long` for a text that is not to be cut; the signal's reason between two batches.
 */
export async function embedTexts(model: LocalModel, task: EmbedTask, signal: AbortSignal): Promise<EmbedOutcome> {
  const limit = Math.min(task.maxLength, model.window);
  const encoded = new Map<string, Encoded>();
  for (const text of task.texts) {
    if (!encoded.has(text)) encoded.set(text, encodeText(model.tokenizer, text, limit));
    // Much text takes long to tokenize, and others wait.
    if (encoded.size % 64 === 0) await nextTurn(signal);
  }
  const cut = [...task.texts.entries()].flatMap(([index, text]) => (encoded.get(text)?.cut ? [index] : []));
  if (cut.length > 0 && task.overflow === 'refuse') {
    throw new TaskError('too-long', `input[${cut.join('], input[')}] has more than ${limit} tokens; shorten it.`);
  }
  const vectors = new Map<string, Float32Array>();
  for (const batch of batchesOf([...encoded], task.batchSize)) {
    signal.throwIfAborted();
    const states = await readBatch(
      model,
      batch.map(([, { ids }]) => ids),
    );
    for (const [row, [text]] of batch.entries()) vectors.set(text, states(row, task.normalize));
  }
  return {
    vectors: task.texts.map((text) => vectors.get(text) ?? new Float32Array()),
    tokens: task.texts.reduce((sum, text) => sum + (encoded.get(text)?.ids.length ?? 0), 0),
    cut,
    limit,
  };
}

function nextTurn(signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve) => setImmediate(resolve));
}

type Row = readonly [text: string, encoded: Encoded];

function batchesOf(rows: readonly Row[], batchSize: number): readonly (readonly Row[])[] {
  const batches: Row[][] = [];
  for (const row of rows.toSorted(([, one], [, other]) => one.ids.length - other.ids.length)) {
    const last = batches.at(-1);
    const fits = last && last.length < batchSize && (last.length + 1) * row[1].ids.length <= MOST_TOKENS_AT_ONCE;
    if (fits) last.push(row);
    else batches.push([row]);
  }
  return batches;
}

/** Runs texts through the model. @returns what makes the vector of one of them */
async function readBatch(
  { network, tokenizer }: LocalModel,
  rows: readonly (readonly number[])[],
): Promise<(row: number, normalize: boolean) => Float32Array> {
  const length = Math.max(...rows.map((ids) => ids.length));
  const padding = Number(tokenizer.pad_token_id ?? 0);
  const input = rows.flatMap((ids) => Array.from({ length }, (_, place) => BigInt(ids[place] ?? padding)));
  const mask = rows.flatMap((ids) => Array.from({ length }, (_, place) => (place < ids.length ? 1n : 0n)));
  const shape = [rows.length, length];
  const outputs: unknown = await network({
    input_ids: new Tensor('int64', BigInt64Array.from(input), shape),
    attention_mask: new Tensor('int64', BigInt64Array.from(mask), shape),
  });
  const { data, dims } = statesOf(outputs);
  return (row, normalize) => {
    const vector = meanOf(data, dims, row, rows[row]?.length ?? 0);
    return normalize ? toUnitLength(vector) : vector;
  };
}

/** Exporters call the states of the tokens by different names; some models pool them by themselves. */
function statesOf(outputs: unknown): { readonly data: Float32Array; readonly dims: readonly number[] } {
  const names = ['last_hidden_state', 'token_embeddings', 'sentence_embedding'];
  const found = names
    .map((name): unknown => (typeof outputs === 'object' && outputs !== null ? Reflect.get(outputs, name) : undefined))
    .find((output) => output instanceof Tensor);
  const tensor = found?.to('float32');
  if (!tensor || !(tensor.data instanceof Float32Array)) {
    throw new TaskError(
      'failed',
      `The model has none of these outputs: ${names.join(', ')}. It is no encoder of text.`,
    );
  }
  return { data: tensor.data, dims: tensor.dims };
}

function meanOf(data: Float32Array, dims: readonly number[], row: number, tokens: number): Float32Array {
  const width = dims.at(-1) ?? 0;
  if (dims.length < 3) return data.slice(row * width, (row + 1) * width);
  const start = row * (dims[1] ?? 0) * width;
  // Float32 would lose digits over many tokens.
  const sums = new Float64Array(width);
  for (let place = start; place < start + tokens * width; place += 1) {
    const column = (place - start) % width;
    sums[column] = (sums[column] ?? 0) + (data[place] ?? 0);
  }
  return Float32Array.from(sums, (sum) => sum / tokens);
}

function toUnitLength(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((number) => number / length);
}
