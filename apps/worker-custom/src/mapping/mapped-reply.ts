import {
  type EmbedReply,
  type FinishReason,
  type GeneratedImage,
  type GenerateReply,
  type ImageReply,
  type ListedModel,
  type MappedEmbed,
  type MappedGenerate,
  type MappedImage,
  type MappedModels,
  type MappedUsage,
  ProviderError,
  type Usage,
} from '@switchyard/contract';
import { mimeTypeOfImage, mimeTypeOfName, parseUsage, readVector } from '@switchyard/provider-kit';
import { follow } from './json-pointer.js';

/** An answer, and what is said of it whoever reads it. */
interface Read {
  readonly raw: unknown;
  readonly warnings: readonly string[];
  /** Of the call in the configuration, such as `providers.house.mapping.generate`. */
  readonly place: string;
}

export function readGenerated(mapped: MappedGenerate, { raw, warnings, place }: Read): GenerateReply {
  const content = follow(mapped.text, raw);
  if (typeof content !== 'string') throw nothingAt('text', mapped.text, `${place}.text`);
  const word = mapped.finishReason === undefined ? undefined : follow(mapped.finishReason, raw);
  const rawFinishReason = typeof word === 'string' ? word : null;
  return {
    content,
    toolCalls: [],
    finishReason: finishReasonOf(rawFinishReason, mapped.finishReasons),
    rawFinishReason,
    ...readUsage(mapped.usage, raw),
    warnings,
    raw,
  };
}

const OURS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content_filter',
  tool_calls: 'tool_calls',
};

function finishReasonOf(word: string | null, words: MappedGenerate['finishReasons'] = {}): FinishReason {
  if (word === null) return 'stop';
  if (Object.hasOwn(words, word)) return words[word] ?? 'stop';
  return Object.hasOwn(OURS, word) ? (OURS[word] ?? 'stop') : 'stop';
}

/** @param inputs how many vectors there must be. */
export function readEmbedded(mapped: MappedEmbed, inputs: number, { raw, warnings, place }: Read): EmbedReply {
  const found = follow(mapped.embeddings, raw);
  const isOne = Array.isArray(found) && typeof found[0] === 'number';
  const list: readonly unknown[] = isOne ? [found] : Array.isArray(found) ? (found as readonly unknown[]) : [];
  if (list.length === 0 || list.length !== inputs) {
    throw nothingAt(`list of ${inputs} vectors`, mapped.embeddings, `${place}.embeddings`);
  }
  const vector = isOne ? '' : (mapped.vector ?? '');
  const embeddings = list.map((entry) => {
    const numbers = follow(vector, entry);
    if (numbers === undefined) throw nothingAt('vector', `${mapped.embeddings}/…${vector}`, `${place}.vector`);
    return readVector(numbers);
  });
  return { embeddings, ...readUsage(mapped.usage, raw), warnings, raw };
}

export function readImages(mapped: MappedImage, { raw, warnings, place }: Read): ImageReply {
  const found = follow(mapped.images, raw);
  const list: readonly unknown[] = Array.isArray(found) ? found : found === undefined ? [] : [found];
  if (list.length === 0) throw nothingAt('image', mapped.images, `${place}.images`);
  return { images: list.map((entry) => readImage(mapped, entry, place)), warnings, raw };
}

function readImage({ images, base64, url }: MappedImage, entry: unknown, place: string): GeneratedImage {
  const [pointer = '', name] = base64 === undefined ? [url, 'url'] : [base64, 'base64'];
  const value = follow(pointer, entry);
  if (typeof value !== 'string' || value === '' || (name === 'url' && !URL.canParse(value))) {
    throw nothingAt('image', `${images}/…${pointer}`, `${place}.${name}`);
  }
  if (name === 'url') return { url: value, mimeType: mimeTypeOfName(/\.(\w+)$/.exec(new URL(value).pathname)?.[1]) };
  const bytes = value.replace(/^data:[^,]*,/, '');
  return { base64: bytes, mimeType: mimeTypeOfImage(bytes) ?? 'image/png' };
}

export function readModels(mapped: MappedModels, { raw, place }: Omit<Read, 'warnings'>): readonly ListedModel[] {
  const list = follow(mapped.list, raw);
  if (!Array.isArray(list)) throw nothingAt('list', mapped.list, `${place}.list`);
  const models = list.flatMap((entry: unknown) => {
    const id = follow(mapped.id ?? '', entry);
    return typeof id === 'string' && id !== '' ? [{ id }] : [];
  });
  if (models.length === 0 && list.length > 0)
    throw nothingAt('name', `${mapped.list}/…${mapped.id ?? ''}`, `${place}.id`);
  return models;
}

/** By the names in which every other vendor's counts are read, so that they are checked alike. */
function readUsage(mapped: MappedUsage | undefined, raw: unknown): { readonly usage?: Usage } {
  if (!mapped) return {};
  const count = (pointer: string | undefined): unknown => (pointer === undefined ? undefined : follow(pointer, raw));
  const usage = parseUsage({
    prompt_tokens: count(mapped.promptTokens),
    completion_tokens: count(mapped.completionTokens),
    total_tokens: count(mapped.totalTokens),
    prompt_tokens_details: { cached_tokens: count(mapped.cachedPromptTokens) },
    completion_tokens_details: { reasoning_tokens: count(mapped.reasoningTokens) },
  });
  return usage ? { usage } : {};
}

function nothingAt(what: string, pointer: string, place: string): ProviderError {
  const where = pointer === '' ? 'as a whole' : `at ${pointer}`;
  return new ProviderError('bad_response', `The answer of the provider has no ${what} ${where}; check ${place}.`);
}
