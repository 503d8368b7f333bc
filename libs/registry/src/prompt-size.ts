import type { Message, ModelRequest } from '@switchyard/contract';

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

/** What a request gives a model to read. */
export interface Reading {
  /** Every text in it. */
  readonly texts: readonly string[];
  /** UTF-8 bytes of all text. */
  readonly bytes: number;
  /** UTF-8 bytes of the longest text that must fit the window by itself. */
  readonly largest: number;
  readonly messages: number;
  readonly images: number;
  readonly smallImages: number;
  readonly hasTools: boolean;
}

/**
 * Tokens of a request's prompt, bounded from above without a tokenizer: every token stands for at least one byte of
 * what the model reads, and constants cover what a vendor's own format adds.
 */
export function boundPromptTokens(request: ModelRequest): number {
  const reading = readPrompt(request);
  return reading.bytes + boundFraming(reading);
}

/** Tokens that a vendor's own format adds to the text at most, images included. */
export function boundFraming({ messages, images, smallImages, hasTools }: Reading): number {
  const pictures = (images - smallImages) * TOKENS_PER_IMAGE + smallImages * TOKENS_PER_SMALL_IMAGE;
  const framing = TOKENS_PER_REQUEST + messages * TOKENS_PER_MESSAGE + (hasTools ? TOKENS_OF_TOOLS : 0);
  return framing + pictures;
}

/** Tokens that a request's prompt likely has, for where a vendor reports none: neither bound. */
export function estimatePromptTokens(request: ModelRequest): number {
  const { bytes, messages, images } = readPrompt(request);
  return (
    Math.ceil(bytes / USUAL_BYTES_PER_TOKEN) + messages * USUAL_TOKENS_PER_MESSAGE + images * USUAL_TOKENS_PER_IMAGE
  );
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
  // A vendor may read these too, such as the schema of an answer.
  const options = textOfJson(request.providerOptions);
  const spoken = sum(told.map(bytesOf));
  const inputs = given.map(bytesOf);
  const images = messages.flatMap(imagesOf);
  return {
    texts: [...told, ...given, options],
    bytes: spoken + sum(inputs) + bytesOf(options),
    largest: spoken + inputs.reduce((longest, bytes) => Math.max(longest, bytes), 0),
    messages: messages.length + inputs.length + fields.length + (context === undefined ? 0 : 1),
    images: images.length,
    smallImages: images.filter((detail) => detail === 'low').length,
    hasTools: tools.length > 0,
  };
}

/** The detail asked for, of each image of a message. */
function imagesOf({ content }: Message): readonly string[] {
  if (content === null || typeof content === 'string') return [];
  return content.flatMap((part) => (part.type === 'image_url' ? [part.image_url.detail ?? 'auto'] : []));
}

function textsOf({ content, toolCalls = [], toolCallId = '' }: Message): readonly string[] {
  const parts =
    typeof content === 'string' ? [content] : (content ?? []).map((part) => (part.type === 'text' ? part.text : ''));
  return [...parts, ...toolCalls.flatMap((call) => [call.id, call.name, call.arguments]), toolCallId];
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
