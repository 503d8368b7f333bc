import { type ContentPart, type ModelRequest, type ProviderSettings } from '@switchyard/contract';
import { type WireSettings } from '../connection/vendor-connection.js';

/** Where a server that speaks OpenAI's dialect differs from what `createOpenAiProvider` does by default. */
export interface OpenAiQuirks extends WireSettings {
  /**
   * How vectors are asked for. `base64` is a quarter of the bytes and a tenth of the work, and OpenAI knows it; others
   * may not. Either is read, whatever was asked for. Default `float`.
   */
  readonly embeddingEncoding?: 'base64' | 'float';
  /** The parameter that caps an answer of this model. Default `maxTokensParameter`, by the names of the model. */
  readonly maxTokensParameter?: (model: string) => MaxTokensParameter;
  /** Where a call goes: a path below `baseURL`, with its query. Default `path`, which is OpenAI's own. */
  readonly routeOf?: (call: { readonly operation: Operation; readonly path: string; readonly model: string }) => string;
  /** What a call says as its `model`. Default the model's own name. */
  readonly wireModel?: (model: string) => string;
  /** What else a model is known by; what it takes is told by any of its names. Default nothing. */
  readonly otherNames?: (model: string) => readonly string[];
  /** `each`: a model can be asked for by itself. `list`: only all of them together. Default `each`. */
  readonly modelsBy?: 'each' | 'list';
  /** Whether streams are asked to report usage, which older servers refuse to be asked. Default true. */
  readonly asksForStreamUsage?: boolean;
  /**
   * Whether a model's answer can be held to a schema. Others are asked for any JSON object, with the schema in words.
   * Default every model.
   */
  readonly takesSchema?: (model: string) => boolean;
  /** Parts of a user's turn that it takes. Default all. */
  readonly parts?: readonly ContentPart['type'][];
  /** Fields of a request that it ignores or refuses. They are left out with a warning. */
  readonly ignoredFields?: readonly (keyof ModelRequest)[];
  /** Options of the dialect that it refuses. They are left out with a warning. */
  readonly refusedOptions?: readonly string[];
  /** Options of its own that change the price, beside those of the dialect. They are left out with a warning. */
  readonly guardedOptions?: readonly string[];
}

/** What the dialect can be asked for, and where: all but the models are about one of them. */
export const PATHS = {
  chat: '/chat/completions',
  embeddings: '/embeddings',
  images: '/images/generations',
  models: '/models',
  model: '/models/{model}',
} as const;
export type Operation = keyof typeof PATHS;

export type MaxTokensParameter = 'max_tokens' | 'max_completion_tokens';

/**
 * OpenAI's reasoning models, also fine-tuned: o1, o3-mini, gpt-5, gpt-6-astra, and what follows them. `gpt-35` is what
 * Azure calls GPT-3.5.
 */
const REASONING_MODEL = /^(?:ft:)?(?:o[1-9]|gpt-(?!35)(?:[5-9]|[1-9]\d))/;

/**
 * `max_completion_tokens` for models that refuse `max_tokens`, which are OpenAI's reasoning models by name; the older
 * `max_tokens` for all others, because it is what every other server of the dialect understands.
 */
export function maxTokensParameter(...names: readonly string[]): MaxTokensParameter {
  return names.some((name) => REASONING_MODEL.test(name)) ? 'max_completion_tokens' : 'max_tokens';
}

/** GPT Image models answer bytes always, and refuse `response_format` and `style`, which belong to DALL·E. */
export function isGptImageModel(...names: readonly string[]): boolean {
  return names.some((name) => /^(?:chat)?gpt-image/.test(name));
}

/** The quirks of one provider, each with its default: what the parts of the dialect need to know of it. */
export interface Dialect extends Required<
  Pick<
    OpenAiQuirks,
    | 'embeddingEncoding'
    | 'maxTokensParameter'
    | 'wireModel'
    | 'takesSchema'
    | 'ignoredFields'
    | 'refusedOptions'
    | 'guardedOptions'
    | 'asksForStreamUsage'
  >
> {
  readonly kind: ProviderSettings['kind'];
  readonly parts: readonly ContentPart['type'][] | undefined;
  /** Every name of a model, the vendor's own first. */
  readonly namesOf: (model: string) => readonly string[];
}

export function toDialect(kind: ProviderSettings['kind'], quirks: OpenAiQuirks): Dialect {
  const namesOf = (model: string): readonly string[] => [model, ...(quirks.otherNames?.(model) ?? [])];
  return {
    kind,
    namesOf,
    parts: quirks.parts,
    embeddingEncoding: quirks.embeddingEncoding ?? 'float',
    maxTokensParameter: quirks.maxTokensParameter ?? ((model) => maxTokensParameter(...namesOf(model))),
    wireModel: quirks.wireModel ?? ((model) => model),
    takesSchema: quirks.takesSchema ?? (() => true),
    ignoredFields: quirks.ignoredFields ?? [],
    refusedOptions: quirks.refusedOptions ?? [],
    guardedOptions: quirks.guardedOptions ?? [],
    asksForStreamUsage: quirks.asksForStreamUsage ?? true,
  };
}
