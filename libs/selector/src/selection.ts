import type { JobType, ModelRequest, ProviderKind } from '@switchyard/contract';
import type { ResolvedModel } from '@switchyard/registry';

/** What a client says about the choice of a model. Further fields are other parts' matter. */
export interface ModelSelection {
  /** `auto` or absent: any; else the name of one. */
  readonly provider?: string | undefined;
  /** `auto` or absent: any; else a model or an alias. */
  readonly modelId?: string | undefined;
  /** A version of `modelId`. */
  readonly modelVersion?: string | undefined;
  /** Only models that run on this machine. Default false. */
  readonly localOnly?: boolean | undefined;
}

/** A job for which a model is to be chosen. */
export interface SelectionRequest {
  readonly type: JobType;
  readonly request: ModelRequest;
  readonly selection?: ModelSelection | undefined;
  /** What the window must hold, once it was counted. */
  readonly needed?: NeededWindow | undefined;
}

/** What a request takes of a window. */
export interface NeededWindow {
  readonly promptTokens: number;
  /** The answer's, where the request says how long it may be. */
  readonly maxTokens: number | null;
  /** False where another tokenizer stands in, so that it is an estimate, rather too high. */
  readonly exact: boolean;
}

/** On whose behalf, and within what this build can do. */
export interface SelectionContext {
  /** Of the key. */
  readonly permissions: ReadonlySet<string>;
  /** Kinds of provider that have a worker. Default: those that the contract marks as supported. */
  readonly supportedKinds?: ReadonlySet<ProviderKind>;
}

/** The models that a job is to be tried on, in order, and why. */
export interface Choice {
  readonly targets: readonly [ResolvedModel, ...ResolvedModel[]];
  /** In words for the user. */
  readonly reason: string;
}
