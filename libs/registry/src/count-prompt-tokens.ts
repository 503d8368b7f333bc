import { setImmediate } from 'node:timers/promises';
import type { ModelRequest } from '@switchyard/contract';
import { boundFraming, readPrompt, withinWindow, type Reading } from './prompt-size.js';
import type { ResolvedModel } from './registry.js';

/** Counts the tokens of a text. */
type CountTokens = (text: string) => number;

/** Characters that are counted before others get their turn: about 10 ms, and 60 of what is hardest to count. */
const SLICE_LENGTH = 5_000;
/** A prompt of more bytes is not counted: it would take seconds. */
const LONGEST_PROMPT_BYTES = 1_000_000;
/**
 * A run of letters or of spaces without a break is merged in time that grows with its square. Cut in pieces it gives
 * some tokens more, never fewer than by a few: enough for a bound.
 */
const LONG_RUN = /(\S{100}|\s{100})(?=[\S\s])/gu;
const CUT = '\0';

/** Vendors' names of models and the encoding that reads them; the first that fits holds. */
const ENCODINGS: readonly (readonly [RegExp, () => Promise<CountTokens>])[] = [
  [/^(gpt-4o|gpt-4\.1|gpt-4\.5|gpt-5|gpt-oss|chatgpt-4o|o\d)/, loadO200k],
  [/^(gpt-4|gpt-3\.5|text-embedding-)/, loadCl100k],
];

/**
 * Tokens of a request's prompt by the model's own tokenizer, with what the vendor's format adds bounded from above.
 * Loads the tokenizer at its first use (half a second, 90 MB), and lets others have their turn between slices.
 * @param signal Ends the count, and rejects with its reason.
 * @returns undefined where the tokenizer is not known.
 */
export async function countPromptTokens(
  request: ModelRequest,
  {
    providerKind,
    providerModel,
    contextWindow,
  }: Pick<ResolvedModel, 'providerKind' | 'providerModel' | 'contextWindow'>,
  signal?: AbortSignal,
): Promise<number | undefined> {
  if (providerKind !== 'openai' && providerKind !== 'azure_openai') return undefined;
  const load = ENCODINGS.find(([names]) => names.test(providerModel.replace(/^ft:/, '')))?.[1];
  const reading = readPrompt(request);
  if (!load || reading.bytes > LONGEST_PROMPT_BYTES) return undefined;
  const tokens = await inTurn(() => count(reading, load, signal), signal);
  return withinWindow(tokens, reading, contextWindow);
}

let last: Promise<unknown> = Promise.resolve();

/** One prompt is counted at a time, so that many of them leave room for everything else. */
async function inTurn<Result>(work: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  const turn = last.then(() => {
    signal?.throwIfAborted();
    return work();
  });
  last = turn.catch(() => undefined);
  return await turn;
}

async function count(reading: Reading, load: () => Promise<CountTokens>, signal?: AbortSignal): Promise<number> {
  const countTokens = await load();
  let tokens = boundFraming(reading);
  let counted = 0;
  for (const text of reading.texts) {
    for (const slice of slicesOf(text)) {
      tokens += countTokens(slice);
      counted += slice.length;
      if (counted < SLICE_LENGTH) continue;
      counted = 0;
      await setImmediate();
      signal?.throwIfAborted();
    }
  }
  return tokens;
}

function* slicesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; start += SLICE_LENGTH) yield text.slice(start, start + SLICE_LENGTH);
}

async function loadO200k(): Promise<CountTokens> {
  return safely((await import('gpt-tokenizer/encoding/o200k_base')).countTokens);
}

async function loadCl100k(): Promise<CountTokens> {
  return safely((await import('gpt-tokenizer/encoding/cl100k_base')).countTokens);
}

/** What looks like a special token is text here, as it is for the vendor. */
function safely(count: (text: string, options: { disallowedSpecial: Set<string> }) => number): CountTokens {
  const options = { disallowedSpecial: new Set<string>() };
  return (text) =>
    text
      .replaceAll(LONG_RUN, `$1${CUT}`)
      .split(CUT)
      .reduce((tokens, piece) => tokens + count(piece, options), 0);
}
