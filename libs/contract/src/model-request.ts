/** A part of a message. `image_url.url` is an https or data URL; `data` is base64. */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'image_url';
      readonly image_url: { readonly url: string; readonly detail?: 'auto' | 'low' | 'high' };
    }
  | { readonly type: 'audio'; readonly audio: { readonly data: string; readonly format: AudioFormat } }
  | {
      readonly type: 'file';
      readonly file: { readonly data: string; readonly mimeType: string; readonly filename?: string };
    };

export const AUDIO_FORMATS = ['wav', 'mp3', 'flac', 'ogg', 'aac'] as const;
export type AudioFormat = (typeof AUDIO_FORMATS)[number];

/** One turn of a conversation. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string | readonly ContentPart[] | null;
  /** Calls that the assistant asked for in this turn. */
  readonly toolCalls?: readonly ToolCall[];
  /** On a `tool` turn: the call that it answers. */
  readonly toolCallId?: string;
}

/** A function that the model may ask to have called; `parameters` is a JSON Schema. */
export interface ToolDefinition {
  readonly name: string;
  readonly description?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** A model's wish to have a tool called; `arguments` is JSON text as the model wrote it. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  /** What the model knows of its reasons, sealed by its vendor. Whoever sends the call back sends it along as it came. */
  readonly signature?: string;
}

/** `auto`, `none`, `required`, or one tool by name. */
export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string };

/**
 * An answer that must be JSON. With a `schema` (a JSON Schema) the vendor's own structured mode holds it to that, where
 * it has one; whoever asks must check the answer all the same.
 */
export interface JsonOutput {
  readonly format: 'json';
  readonly schema?: Readonly<Record<string, unknown>>;
}

/** What a job asks of a model, as a client submits it natively. Which fields count depends on the job's type. */
export interface ModelRequest {
  readonly prompt?: string;
  readonly messages?: readonly Message[];
  readonly systemPrompt?: string;
  /** Placed after the system prompt under a heading "Context". */
  readonly context?: unknown;
  /** 0 to 2. */
  readonly temperature?: number;
  /** At least 1. */
  readonly maxTokens?: number;
  /** 0 to 1. */
  readonly topP?: number;
  /** -2 to 2. */
  readonly frequencyPenalty?: number;
  /** -2 to 2. */
  readonly presencePenalty?: number;
  readonly stop?: readonly string[];
  readonly tools?: readonly ToolDefinition[];
  readonly toolChoice?: ToolChoice;
  /** Of a `code` job: the programming language to answer in. */
  readonly language?: string;
  /** Of an `embedding` job. */
  readonly input?: string | readonly string[];
  readonly size?: string;
  readonly n?: number;
  readonly quality?: string;
  readonly style?: string;
  readonly responseFormat?: 'url' | 'base64';
  readonly width?: number;
  readonly height?: number;
  readonly numInferenceSteps?: number;
  readonly seed?: number;
  readonly negativePrompt?: string;
  readonly overflow?: string;
  /** By kind of provider; passed on to it as they are. */
  readonly providerOptions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
