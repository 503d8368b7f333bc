import type { ToolCall } from './model-request.js';

/** Tokens of one call as the vendor counted them (`estimated: true`: as we did, where it said nothing). */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  /** Part of `promptTokens` that the vendor read from its cache. */
  readonly cachedPromptTokens?: number;
  /** Part of `promptTokens` that the vendor wrote into its cache, which it prices apart. */
  readonly cacheWriteTokens?: number;
  /** Part of `cacheWriteTokens` that it keeps there for an hour, which costs more than five minutes. */
  readonly cacheWrite1hTokens?: number;
  /** Part of `promptTokens` that was audio. */
  readonly audioPromptTokens?: number;
  /** Part of `completionTokens` that was spent on reasoning. */
  readonly reasoningTokens?: number;
  /** Images that were made. */
  readonly images?: number;
  readonly estimated?: boolean;
}

/** Why a model stopped, in one vocabulary for all vendors. */
export type FinishReason = 'stop' | 'length' | 'content_filter' | 'tool_calls';

/** The result of a `generation` or `code` job. */
export interface ModelResponse {
  readonly content: string;
  readonly model: string;
  readonly usage: Usage;
  readonly finishReason: FinishReason;
  readonly toolCalls?: readonly ToolCall[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The result of an `embedding` job: one vector for each input, in their order. */
export interface EmbeddingResult {
  readonly embeddings: readonly (readonly number[])[];
  readonly dimensions: number;
  readonly usage: Usage;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** One image, by address or by content. */
export interface GeneratedImage {
  readonly url?: string;
  readonly base64?: string;
  readonly mimeType: string;
}

/** The result of an `image` job. */
export interface ImageResult {
  readonly images: readonly GeneratedImage[];
  readonly usage?: Usage;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export type JobResult = ModelResponse | EmbeddingResult | ImageResult;
