/** A function that the simulated model may ask to have called. */
export interface Tool {
  readonly name: string;
  /** A JSON Schema. */
  readonly parameters: unknown;
}

/** What a request asks of a model that writes, whichever dialect it came in. */
export interface Conversation {
  readonly model: string;
  /** All that was said, in order. */
  readonly conversation: string;
  /** What the user said last. */
  readonly question: string;
  /** What a tool answered, where that is the last turn. */
  readonly toolResult: string | undefined;
  readonly promptTokens: number;
  readonly maxTokens: number | undefined;
  readonly stop: readonly string[];
  readonly tools: readonly Tool[];
  readonly toolChoice: 'auto' | 'none' | 'required' | { readonly name: string };
  /** The schema that an answer in JSON must fit; undefined for an answer in text. */
  readonly schema: unknown;
}

/** What an image in a prompt counts, in tokens. */
export const TOKENS_PER_IMAGE = 85;

/** For answers that may be any object. */
export const ANY_OBJECT = {
  type: 'object',
  properties: { topic: {}, answer: {}, confidence: { type: 'number', maximum: 1 } },
};
