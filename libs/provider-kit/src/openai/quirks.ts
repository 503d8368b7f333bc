import { type ProviderSettings } from '@switchyard/contract';
import { type WireSettings } from '../connection/vendor-connection.js';

/** Where a server that speaks OpenAI's dialect differs from what `createOpenAiProvider` does by default. */
export interface OpenAiQuirks extends WireSettings {
  /**
   * How vectors are asked for. `base64` is a quarter of the bytes and a tenth of the work, and OpenAI knows it; others
   * may not. Either is read, whatever was asked for. Default `float`.
   */
  readonly embeddingEncoding?: 'base64' | 'float';
  /** The parameter that caps an answer of this model. Default `maxTokensParameter`. */
  readonly maxTokensParameter?: (model: string) => MaxTokensParameter;
}

export type MaxTokensParameter = 'max_tokens' | 'max_completion_tokens';

/** OpenAI's reasoning models, also fine-tuned: o1, o3-mini, gpt-5, gpt-6-astra, and what follows them. */
const REASONING_MODEL = /^(?:ft:)?(?:o[1-9]|gpt-(?:[5-9]|[1-9]\d))/;

/**
 * `max_completion_tokens` for models that refuse `max_tokens`, which are OpenAI's reasoning models by name; the older
 * `max_tokens` for all others, because it is what every other server of the dialect understands.
 */
export function maxTokensParameter(model: string): MaxTokensParameter {
  return REASONING_MODEL.test(model) ? 'max_completion_tokens' : 'max_tokens';
}

/** GPT Image models answer bytes always, and refuse `response_format` and `style`, which belong to DALL·E. */
export function isGptImageModel(model: string): boolean {
  return /^(?:chat)?gpt-image/.test(model);
}

/** What the parts of the dialect need to know of the provider that they speak to. */
export interface Dialect {
  readonly kind: ProviderSettings['kind'];
  readonly embeddingEncoding: 'base64' | 'float';
  readonly maxTokensParameter: (model: string) => MaxTokensParameter;
}
