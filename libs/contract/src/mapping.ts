import type { FinishReason } from './results.js';

/** A JSON pointer (RFC 6901) into an answer; the empty one is the whole of it. */
export type JsonPointer = string;

/** What JSON can say, as a template has it: texts may hold slots. */
export type JsonTemplate =
  string | number | boolean | null | readonly JsonTemplate[] | { readonly [key: string]: JsonTemplate };

/**
 * What a template can ask of a request, by the call that it makes. A text that is one slot and nothing else becomes the
 * value itself, a number or a list as it is; inside a longer text it becomes words. What the request does not say is
 * left out with its key.
 *
 * `prompt` is the conversation as text, `messages` a list of `{role, content}`; whichever is used begins with the system
 * prompt, unless that has a slot of its own. `input` is a list of texts, `text` the only one. `schema` is the JSON Schema
 * of an answer that must be JSON.
 */
export const MAPPING_SLOTS = {
  generate: [
    'model',
    'prompt',
    'messages',
    'systemPrompt',
    'maxTokens',
    'temperature',
    'topP',
    'frequencyPenalty',
    'presencePenalty',
    'stop',
    'seed',
    'schema',
  ],
  embed: ['model', 'input', 'text'],
  image: [
    'model',
    'prompt',
    'negativePrompt',
    'n',
    'size',
    'width',
    'height',
    'quality',
    'style',
    'numInferenceSteps',
    'seed',
  ],
  models: [],
} as const;
export type MappingCallName = keyof typeof MAPPING_SLOTS;

/** One request to a server of any JSON. */
export interface MappedCall {
  /** Below `baseURL`, with its slash; may hold `{{model}}`. */
  readonly path: string;
  /** Default POST; GET for `models`. */
  readonly method?: 'GET' | 'POST' | 'PUT';
  /** Sent with it. Secrets: never logged, never answered. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonTemplate;
  /** Where an answer, of whatever status, holds an error; anything but null, false and an empty text is one. */
  readonly error?: JsonPointer;
}

/** Where an answer counts its tokens. */
export interface MappedUsage {
  /** Of all input, cached tokens among it. */
  readonly promptTokens: JsonPointer;
  readonly completionTokens?: JsonPointer;
  readonly totalTokens?: JsonPointer;
  readonly cachedPromptTokens?: JsonPointer;
  readonly reasoningTokens?: JsonPointer;
}

export interface MappedGenerate extends MappedCall {
  /** Where the text is. */
  readonly text: JsonPointer;
  readonly usage?: MappedUsage;
  /** Where the server's word for the end is. */
  readonly finishReason?: JsonPointer;
  /** What its words mean. Words that are ours already mean themselves, all others `stop`. */
  readonly finishReasons?: Readonly<Record<string, FinishReason>>;
}

export interface MappedEmbed extends MappedCall {
  /** Where the list is, or the one vector of a server that takes one text. */
  readonly embeddings: JsonPointer;
  /** Where in an entry of that list its vector is. Default the entry itself. */
  readonly vector?: JsonPointer;
  readonly usage?: MappedUsage;
}

export interface MappedImage extends MappedCall {
  /** Where the list is, or the one image. */
  readonly images: JsonPointer;
  /** Where in an entry its bytes or its address are. One of the two. */
  readonly base64?: JsonPointer;
  readonly url?: JsonPointer;
}

export interface MappedModels extends MappedCall {
  /** Where the list is. */
  readonly list: JsonPointer;
  /** Where in an entry its name is. Default the entry itself. */
  readonly id?: JsonPointer;
}

/** How a server of any JSON over HTTP is spoken to. It can do what is mapped, and nothing else. */
export interface ProviderMapping {
  /** Where its key goes. Default `authorization`, behind `Bearer `. */
  readonly key?: { readonly header: string; readonly prefix?: string };
  readonly generate?: MappedGenerate;
  readonly embed?: MappedEmbed;
  readonly image?: MappedImage;
  /** Absent: its models are those that the configuration gives it. */
  readonly models?: MappedModels;
}

const SLOT = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** The names in the slots of a text, known or not, in their order. */
export function slotsOf(text: string): readonly string[] {
  return [...text.matchAll(SLOT)].map(([, name = '']) => name);
}

/** A text with its slots filled. @param fill is told each slot's name. */
export function fillSlots(text: string, fill: (name: string) => string): string {
  return text.replace(SLOT, (_slot, name: string) => fill(name));
}
