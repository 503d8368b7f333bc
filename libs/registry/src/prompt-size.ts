import type { ContentPart, Message, ModelRequest } from '@switchyard/contract';
import { audioTokens, fileTokens, type MediaTokens } from './media-tokens.js';

/** Tokens that frame one message (role, separators, a name); vendors' formats take 3 to 8. */
const TOKENS_PER_MESSAGE = 8;
/** Headings and instructions that a request as a whole may gain on its way. */
const TOKENS_PER_REQUEST = 64;
/** What a vendor's own prompt adds once there are tools; Anthropic's, the longest published, is under 600. */
const TOKENS_OF_TOOLS = 600;
/** The dearest published image, at low detail and otherwise: gpt-4o-mini takes 2,833, and 48,169 for eight tiles. */
const TOKENS_PER_SMALL_IMAGE = 3_000;
const TOKENS_PER_IMAGE = 50_000;

/** Tokenizers come to 3 to 5 bytes a token on language and code; only long runs of one character come to more. */
const MOST_BYTES_PER_TOKEN = 6;
/** English text, the usual figure. */
const USUAL_BYTES_PER_TOKEN = 4;
const USUAL_TOKENS_PER_MESSAGE = 4;
const USUAL_TOKENS_PER_IMAGE = 1_000;
/** The largest window that was ever published, Gemini 1.5 Pro's: no vendor reads more at once. */
const LARGEST_WINDOW = 2_097_152;

/** What a request gives a model to read. */
export interface Reading {
  /** Every text that must be in the window at once. */
  readonly told: readonly string[];
  /** Inputs of an embedding, each of which must fit it by itself. */
  readonly inputs: readonly string[];
  /** A vendor may read these too, such as the schema of an answer. */
  readonly options: string;
  /** UTF-8 bytes of all text. */
  readonly bytes: number;
  /** UTF-8 bytes of the longest text that must fit the window by itself. */
  readonly largest: number;
  readonly messages: number;
  /** Of images, audio and files together. */
  readonly media: MediaTokens;
  readonly hasTools: boolean;
}

/**
 * Tokens of a request's prompt, bounded from above without a tokenizer: every token stands for at least one byte of
 * what the model reads, and constants cover what a vendor's own format adds.
 * @param window What the model reads at once, which bounds what the bytes of a recording or a document do not.
 */
export function boundPromptTokens(request: ModelRequest, window?: number): number {
  const reading = readPrompt(request);
  return withinWindow(reading.bytes + boundFraming(reading), reading, window);
}

/** Tokens that a vendor's own format adds to the text at most, with all that is no text. */
export function boundFraming({ messages, media, hasTools }: Reading): number {
  return TOKENS_PER_REQUEST + messages * TOKENS_PER_MESSAGE + (hasTools ? TOKENS_OF_TOOLS : 0) + media.most;
}

/** A vendor refuses what its window does not hold. Text is not cut off here: its own bound is close enough. */
export function withinWindow(tokens: number, { media }: Reading, window = LARGEST_WINDOW): number {
  return media.most === 0 ? tokens : Math.min(tokens, window);
}

/** Tokens that a request's prompt likely has, for where a vendor reports none: neither bound. */
export function estimatePromptTokens(request: ModelRequest): number {
  const reading = readPrompt(request);
  return Math.ceil(reading.bytes / USUAL_BYTES_PER_TOKEN) + likelyFraming(reading);
}

/** Tokens that a vendor's own format usually adds to the text, with all that is no text. */
export function likelyFraming({ messages, media }: Reading): number {
  return messages * USUAL_TOKENS_PER_MESSAGE + media.likely;
}

/** Tokens that a window must hold at once, bounded from above without a tokenizer; what is no text is only likely. */
export function boundWindowTokens(request: ModelRequest): number {
  const reading = readPrompt(request);
  if (reading.inputs.length > 0) return reading.largest;
  return reading.largest + TOKENS_PER_REQUEST + reading.messages * TOKENS_PER_MESSAGE + reading.media.likely;
}

/**
 * Tokens that must fit a model's window at once, each input of an embedding by itself: fewer than any tokenizer counts
 * on language and code, so a window under it is surely too small.
 */
export function leastPromptTokens(request: ModelRequest): number {
  return Math.floor(readPrompt(request).largest / MOST_BYTES_PER_TOKEN);
}

/** Measures what a request gives a model to read. */
export function readPrompt(request: ModelRequest): Reading {
  const { prompt, messages = [], systemPrompt, context, tools = [], language, negativePrompt, input = [] } = request;
  const fields = [prompt, systemPrompt, language, negativePrompt].filter((text) => text !== undefined);
  const told = [...fields, ...messages.flatMap(textsOf), ...[context, ...tools].map(textOfJson)];
  const given = typeof input === 'string' ? [input] : input;
  const options = textOfJson(request.providerOptions);
  const spoken = sum(told.map(bytesOf));
  const inputs = given.map(bytesOf);
  return {
    told,
    inputs: given,
    options,
    bytes: spoken + sum(inputs) + bytesOf(options),
    largest: spoken + inputs.reduce((longest, bytes) => Math.max(longest, bytes), 0),
    messages: messages.length + inputs.length + fields.length + (context === undefined ? 0 : 1),
    media: addUp(messages.flatMap(partsOf).map(mediaTokens)),
    hasTools: tools.length > 0,
  };
}

function partsOf({ content }: Message): readonly ContentPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
}

function textsOf(message: Message): readonly string[] {
  const { toolCalls = [], toolCallId = '' } = message;
  const parts = partsOf(message).map(textOfPart);
  return [
    ...parts,
    ...toolCalls.flatMap((call) => [call.id, call.name, call.arguments, call.signature ?? '']),
    toolCallId,
  ];
}

function textOfPart(part: ContentPart): string {
  if (part.type === 'text') return part.text;
  return part.type === 'file' ? (part.file.filename ?? '') : '';
}

function mediaTokens(part: ContentPart): MediaTokens {
  switch (part.type) {
    case 'text':
      return { most: 0, likely: 0 };
    case 'image_url': {
      const most = part.image_url.detail === 'low' ? TOKENS_PER_SMALL_IMAGE : TOKENS_PER_IMAGE;
      return { most, likely: USUAL_TOKENS_PER_IMAGE };
    }
    case 'audio':
      return audioTokens(part.audio);
    case 'file':
      return fileTokens(part.file);
  }
}

function addUp(parts: readonly MediaTokens[]): MediaTokens {
  return { most: sum(parts.map(({ most }) => most)), likely: sum(parts.map(({ likely }) => likely)) };
}

/** Text goes to the model as it is, any other value as JSON. */
function textOfJson(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
