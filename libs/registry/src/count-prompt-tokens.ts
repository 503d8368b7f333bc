import type { ModelRequest } from '@switchyard/contract';
import {
  boundFraming,
  boundWindowTokens,
  likelyFraming,
  readPrompt,
  withinWindow,
  type Reading,
} from './prompt-size.js';
import type { ResolvedModel } from './registry.js';
import { exactCounter, openTokenCounter, type CountedModel } from './token-counter.js';
import { inTurn, Weigher } from './weigher.js';

/** A prompt of more bytes is not counted to its end: it would take seconds. */
const LONGEST_PROMPT_BYTES = 1_000_000;
/** Pieces of such a prompt that are counted, and how many characters each has. */
const SAMPLES = 50;
const SAMPLE_LENGTH = 4_000;
/** Tokens with which a conversation's format begins the answer. */
const TOKENS_OF_ANSWER_BEGUN = 3;

/**
 * Tokens of a request's prompt by the model's own tokenizer, with what the vendor's format adds bounded from above.
 * @param signal Ends the count, and rejects with its reason.
 * @returns undefined where the tokenizer is not known, and of a prompt that is too long to be counted
 */
export async function countPromptTokens(
  request: ModelRequest,
  model: CountedModel & Pick<ResolvedModel, 'contextWindow'>,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const load = exactCounter(model);
  const reading = readPrompt(request);
  if (!load || reading.bytes > LONGEST_PROMPT_BYTES) return undefined;
  const tokens = await inTurn(async () => {
    const weigher = new Weigher(await load(), signal);
    let counted = 0;
    for (const text of [...reading.told, ...reading.inputs, reading.options]) counted += await weigher.weigh(text);
    return counted;
  }, signal);
  return withinWindow(tokens + boundFraming(reading), reading, model.contextWindow);
}

/** How much of a window a prompt takes. */
export interface PromptSize {
  /** Tokens that must be in the window at once; of an embedding's inputs the longest. */
  readonly tokens: number;
  /** True where the model's own tokenizer counted them all; else it is an estimate that is rather too high. */
  readonly exact: boolean;
}

/**
 * Counts what a prompt takes of a model's window, with what the vendor's format usually adds.
 * @param signal Ends the count, and rejects with its reason.
 */
export async function sizePrompt(
  request: ModelRequest,
  model: CountedModel,
  signal?: AbortSignal,
): Promise<PromptSize> {
  const reading = readPrompt(request);
  return await inTurn(async () => {
    const counter = await openTokenCounter(model);
    const weigher = new Weigher(counter, signal);
    const isWhole = reading.largest <= LONGEST_PROMPT_BYTES;
    const tokens = isWhole ? await weighLargest(reading, weigher) : await extrapolate(reading, weigher);
    const exact = counter.exact && isWhole && reading.media.most === 0;
    // An estimate may be more than there are bytes, a prompt's tokens never.
    return { tokens: Math.min(Math.ceil(tokens) + windowFraming(reading), boundWindowTokens(request)), exact };
  }, signal);
}

/** An input of an embedding is read as it is; a conversation has its turns framed, and the answer's begun. */
function windowFraming(reading: Reading): number {
  return reading.inputs.length > 0 ? 0 : likelyFraming(reading) + TOKENS_OF_ANSWER_BEGUN;
}

async function weighLargest({ told, inputs }: Reading, weigher: Weigher): Promise<number> {
  let tokens = 0;
  for (const text of told) tokens += await weigher.weigh(text);
  let longest = 0;
  let bytes = 0;
  for (const input of inputs.toSorted((one, other) => other.length - one.length)) {
    const own = Buffer.byteLength(input);
    // No text has more tokens than bytes, and of many that are alike the first ones tell enough.
    if (own <= longest || bytes > LONGEST_PROMPT_BYTES) break;
    bytes += own;
    longest = Math.max(longest, await weigher.weigh(input));
  }
  return tokens + longest;
}

/** Of a prompt that would take seconds, pieces of its longest text tell what the whole is likely to weigh. */
async function extrapolate({ told, inputs, largest }: Reading, weigher: Weigher): Promise<number> {
  const texts = [...told, ...inputs];
  const text = texts.reduce((longest, each) => (each.length > longest.length ? each : longest), '');
  const stride = Math.ceil(text.length / SAMPLES);
  let bytes = 0;
  let tokens = 0;
  for (let start = 0; start < text.length; start += stride) {
    const sample = text.slice(start, start + SAMPLE_LENGTH);
    bytes += Buffer.byteLength(sample);
    tokens += await weigher.weigh(sample);
  }
  return largest * (tokens / bytes);
}
