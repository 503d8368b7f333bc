import type { ProviderAuth } from './authentication.js';
import type { ProviderKind, Capability } from './kinds.js';
import type { JsonOutput, ModelRequest, ToolCall } from './model-request.js';
import type { FinishReason, GeneratedImage, Usage } from './results.js';

/** What every call to a provider gets beside its request. */
export interface CallContext {
  /** Aborted on cancel, deadline, lost epoch and shutdown; the adapter passes it down to the socket. */
  readonly signal: AbortSignal;
  /** Headers that go to the vendor besides its own, such as those which steer the simulator. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Told before the first byte of a request may leave. Until then it is certain that the vendor has seen nothing, and
   * whatever ends the call costs nothing.
   */
  readonly onSent?: () => void;
}

/** A request for one model, with the vendor's own name of it and the model's default parameters already applied. */
export interface ModelCall {
  readonly providerModel: string;
  readonly request: ModelRequest;
  /** Further keys of the model's entry (`ModelSettings.options`), such as where its files are. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Tokens of prompt and answer together, as the configuration gives them to this model. */
  readonly contextWindow?: number;
  /** Absent: text as the model writes it. */
  readonly output?: JsonOutput;
}

/** What every kind of answer says about itself. */
interface Reply {
  /** Absent when the vendor reported none, or what it reported was no sensible count. */
  readonly usage?: Usage;
  /** Parameters that this vendor could not take, in words for the user. */
  readonly warnings: readonly string[];
  /** The vendor's answer as it came, for `?raw=true`. */
  readonly raw: unknown;
}

export interface GenerateReply extends Reply {
  readonly content: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: FinishReason;
  /** The vendor's own word for it. */
  readonly rawFinishReason: string | null;
}

export interface EmbedReply extends Reply {
  /** One vector for each input, in their order. */
  readonly embeddings: readonly (readonly number[])[];
}

export interface ImageReply extends Reply {
  readonly images: readonly GeneratedImage[];
}

/** A piece of a streamed answer. The last part is always `end`; a stream without one is an interrupted stream. */
export type StreamPart =
  | { readonly type: 'text-delta'; readonly text: string }
  | {
      readonly type: 'tool-call-delta';
      readonly index: number;
      readonly id?: string;
      readonly name?: string;
      readonly arguments?: string;
      readonly signature?: string;
    }
  | { readonly type: 'end'; readonly reply: GenerateReply };

/** Whether a provider answers now, and if not, why. */
export type Availability = { readonly available: true } | { readonly available: false; readonly reason: string };

/** A model as its vendor lists it. */
export interface ListedModel {
  readonly id: string;
}

/** How far something that calls need is on its way to being there. */
export interface Preparation {
  /** The vendor's own name of the model. */
  readonly model: string;
  /** What is done, such as `pulling`. */
  readonly step: string;
  /** 0 to 1; absent where it is not known. */
  readonly fraction?: number;
}

/** What an adapter can do for every model of its provider; the capabilities of one model stand in the configuration. */
export interface ProviderDescription {
  readonly kind: ProviderKind;
  readonly capabilities: readonly Capability[];
  readonly streaming: boolean;
}

/**
 * The one contract of a vendor. A capability is a method: a provider that cannot embed has no `embed`.
 * An adapter translates and calls; it never retries, waits, logs, bills or reads the environment.
 * Every failure is a `ProviderError` or a `CallTimeoutError`; an abort rejects with the signal's reason.
 */
export interface Provider {
  readonly auth: ProviderAuth;
  generate?(call: ModelCall, context: CallContext): Promise<GenerateReply>;
  stream?(call: ModelCall, context: CallContext): AsyncIterable<StreamPart>;
  embed?(call: ModelCall, context: CallContext): Promise<EmbedReply>;
  image?(call: ModelCall, context: CallContext): Promise<ImageReply>;
  isAvailable(context: CallContext): Promise<Availability>;
  /** @returns undefined for a model that the vendor does not have. */
  getModelInfo(providerModel: string, context: CallContext): Promise<ListedModel | undefined>;
  listModels(context: CallContext): Promise<readonly ListedModel[]>;
  /**
   * Makes ready what calls need and is not there yet, such as a model that its server has to pull. Absent where there is
   * nothing to do. Calls go on meanwhile; one that needs what is still being made ready is refused with
   * `model_unavailable`, `reachedVendor: false` and `retryAfterSeconds`, and is waited for.
   * @param report is told of each step, and of its progress as often as it is known.
   * @throws ProviderError when something could not be made ready. All else is, and it may be called again for the rest.
   */
  prepare?(context: CallContext, report: (progress: Preparation) => void): Promise<void>;
  /** What is worth telling of it in the log of its start and in its health, such as `device`. */
  facts?(signal: AbortSignal): Promise<Readonly<Record<string, string | number>>>;
  /** Closes sockets; no call follows. */
  close(): Promise<void>;
}
