/** How the numbers of a model's weights are stored; `fp32` is what models are trained in. */
export const DTYPES = [
  'fp32',
  'fp16',
  'q8',
  'int8',
  'uint8',
  'q4',
  'bnb4',
  'q4f16',
  'q2',
  'q2f16',
  'q1',
  'q1f16',
] as const;
export type Dtype = (typeof DTYPES)[number];

export type Device = 'cpu' | 'cuda';

/** Which copy of a model is meant. Two calls with equal sources share one. */
export interface ModelSource {
  /** A folder as an absolute path, or an id of the hub. */
  readonly place: string;
  /** Where the ONNX files are below it: `onnx`, or nothing. */
  readonly subfolder: string;
  readonly fromHub: boolean;
  readonly dtype: Dtype;
  /** `auto` is CUDA where the runtime finds it, else the CPU. */
  readonly device: Device | 'auto';
  readonly purpose: 'embed' | 'write';
}

/** Vectors of texts. */
export interface EmbedTask {
  readonly kind: 'embed';
  readonly source: ModelSource;
  /** How long the copy stays loaded after its last use, in milliseconds; absent: as the provider says. */
  readonly keepLoadedMs?: number;
  readonly texts: readonly string[];
  /** Tokens of one text; the model's own limit holds too. */
  readonly maxLength: number;
  /** What is to become of a longer text. */
  readonly overflow: 'cut' | 'refuse';
  readonly normalize: boolean;
  /** Texts that go through the model at once. */
  readonly batchSize: number;
}

export interface EmbedOutcome {
  readonly vectors: readonly Float32Array[];
  /** Tokens that the model read. */
  readonly tokens: number;
  /** Which of the texts were cut. */
  readonly cut: readonly number[];
  /** Tokens that a text may have had. */
  readonly limit: number;
}

export interface ChatTurn {
  readonly role: string;
  readonly content: string;
}

/** How the next token is picked. Absent: as the model's own `generation_config.json` says, else the likeliest. */
export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly seed?: number;
}

/** Text after a conversation. */
export interface WriteTask {
  readonly kind: 'write';
  readonly source: ModelSource;
  readonly keepLoadedMs?: number;
  /** Put into the model's chat template, where its tokenizer has one. */
  readonly turns: readonly ChatTurn[];
  /** Absent: as many as the window has room for, at most 1,024. */
  readonly maxTokens?: number;
  readonly stop: readonly string[];
  readonly sampling: Sampling;
  /** Further parameters of the runtime, by its own names. */
  readonly generation: Readonly<Partial<Record<GenerationParameter, number>>>;
}

export type GenerationParameter = 'top_k' | 'repetition_penalty' | 'no_repeat_ngram_size' | 'min_new_tokens';

export interface WriteOutcome {
  readonly text: string;
  readonly ended: 'end-of-text' | 'stop-text' | 'length';
  readonly promptTokens: number;
  readonly tokens: number;
  /** What the window had room for, where that is less than was asked for. */
  readonly shortenedTo?: number;
}

export type Task = EmbedTask | WriteTask;

/** Why a task failed. Its words are ours: they hold no content and no path of this machine that the file does not name. */
export interface TaskFailure {
  readonly cause: 'unloadable' | 'unreachable' | 'no-room' | 'too-long' | 'failed';
  readonly message: string;
}

/** What the process tells its thread. */
export type ToThread =
  | { readonly type: 'run'; readonly id: number; readonly task: Task }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'probe'; readonly id: number };

/** What the thread answers; `started` once the model is loaded and begins to work. */
export type FromThread =
  | { readonly type: 'started'; readonly id: number; readonly device: Device }
  | { readonly type: 'text'; readonly id: number; readonly text: string }
  | { readonly type: 'embedded'; readonly id: number; readonly outcome: EmbedOutcome }
  | { readonly type: 'written'; readonly id: number; readonly outcome: WriteOutcome }
  | { readonly type: 'probed'; readonly id: number; readonly device: Device }
  | { readonly type: 'failed'; readonly id: number; readonly failure: TaskFailure }
  | { readonly type: 'loaded'; readonly loaded: readonly LoadedModel[] };

/** A copy of a model in memory. */
export interface LoadedModel {
  readonly place: string;
  readonly dtype: Dtype;
  readonly device: Device;
  /** Of its weights. */
  readonly bytes: number;
}

/** What a thread is started with. */
export interface ThreadSettings {
  /** Where models of the hub are kept, and looked for before it. */
  readonly modelsDirectory: string;
  /** All copies together; those that are not used go first. */
  readonly maxBytes: number;
  /** How long a copy that nothing uses stays. */
  readonly idleMs: number;
  /** Of the hub, or of a mirror; without a slash at its end. */
  readonly hubUrl: string;
  /** For models of the hub that are not public. Goes to that address and no other. */
  readonly hubToken?: string;
}
