import type { JobType, ModelRequest, Preference, ProviderKind, TaskView } from '@switchyard/contract';
import type { ResolvedModel } from '@switchyard/registry';
import type { Turns } from './balance/turns.js';
import type { Assignment } from './experiment/place-experiment.js';
import type { Measurements } from './score/measurements.js';

/** What a client says about the choice of a model. Further fields are other parts' matter. */
export interface ModelSelection {
  /** `auto` or absent: any; else the name of one. */
  readonly provider?: string | undefined;
  /** `auto` or absent: any; else a model, an alias, a load balancer, or an experiment. */
  readonly modelId?: string | undefined;
  /** A version of `modelId`. */
  readonly modelVersion?: string | undefined;
  /**
   * Whether and where the job goes on when the chosen model fails: false nowhere; a list names models and providers.
   * Default: true, or where a model or provider is named, only at what that model's `fallbackModels` name.
   */
  readonly fallback?: boolean | readonly string[] | undefined;
  /** Only models that run on this machine. Default false. */
  readonly localOnly?: boolean | undefined;
  /** What weighs most. Stated, the model is chosen by score where none is named and no rule decides. */
  readonly prefer?: Preference | undefined;
}

/** A job for which a model is to be chosen. */
export interface SelectionRequest {
  readonly type: JobType;
  readonly request: ModelRequest;
  readonly selection?: ModelSelection | undefined;
  /** What the window must hold, once it was counted. */
  readonly needed?: NeededWindow | undefined;
  /** What the client says that the task is; what it leaves open is worked out where that is asked for. */
  readonly task?: TaskView | null | undefined;
  readonly userId?: string | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** What a request takes of a window. */
export interface NeededWindow {
  readonly promptTokens: number;
  /** The answer's, where the request says how long it may be. */
  readonly maxTokens: number | null;
  /** False where another tokenizer stands in, so that it is an estimate, rather too high. */
  readonly exact: boolean;
}

/** On whose behalf, when, and within what this build can do. */
export interface SelectionContext {
  /** Of the key. */
  readonly permissions: ReadonlySet<string>;
  /** The name of the tenant. */
  readonly tenant: string;
  readonly now: Date;
  readonly turns: Turns;
  /** For whom an experiment's arm is drawn where the request names no user. */
  readonly unit: string;
  /** What was seen of models lately. */
  readonly measurements: Measurements;
  /** Kinds of provider that have a worker. Default: those that the contract marks as supported. */
  readonly supportedKinds?: ReadonlySet<ProviderKind>;
}

/** The models that a job is to be tried on, in order, and why. */
export interface Choice {
  readonly targets: readonly [ResolvedModel, ...ResolvedModel[]];
  /** In words for the user. */
  readonly reason: string;
  /** The name of the rule that decided. */
  readonly rule?: string;
  /** The load balancer whose member was picked. */
  readonly balancer?: string;
  /** The experiment that drew an arm. */
  readonly experiment?: Assignment;
  /** What the job was taken for: as the client says, and what was worked out because something asked for it. */
  readonly task: TaskView | null;
  /** Uses up the load balancer's turn, if one was picked by; called by whoever goes through with the choice. */
  readonly take?: () => void;
}
