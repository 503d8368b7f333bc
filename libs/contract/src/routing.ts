/** A number that must be met, or bounds that must all hold. */
export type NumberCondition = number | { readonly [operator in NumberOperator]?: number };
export type NumberOperator = 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'ne';

/** A text that must be met, or what must all hold of it. A text that is not there is only `ne` and `notIn`. */
export type TextCondition =
  | string
  | { readonly eq?: string; readonly ne?: string; readonly in?: readonly string[]; readonly notIn?: readonly string[] };

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A span of the day. */
export interface TimeCondition {
  /** `HH:MM`, the first minute of it. Default 00:00. */
  readonly from?: string;
  /** `HH:MM`, the first minute after it. Default 24:00. A span that ends before it begins goes over midnight. */
  readonly to?: string;
  /** On which it begins. Default all. */
  readonly days?: readonly Weekday[];
  /** As the IANA database names it. Default UTC. */
  readonly timeZone?: string;
}

/** When a routing rule holds; conditions beside each other must all hold. */
export interface RoutingCondition {
  /** Of the task, 0 to 1. */
  readonly complexity?: NumberCondition;
  /** Of the prompt, estimated. */
  readonly tokens?: NumberCondition;
  /** One of `TASK_TYPES`, `code` for those of code, or a type of the clients' own. */
  readonly taskType?: TextCondition;
  readonly tenant?: TextCondition;
  readonly userId?: TextCondition;
  readonly metadata?: Readonly<Record<string, TextCondition>>;
  readonly time?: TimeCondition;
  readonly all?: readonly RoutingCondition[];
  readonly any?: readonly RoutingCondition[];
  readonly not?: RoutingCondition;
  readonly [key: `metadata.${string}`]: TextCondition;
}

/** The first rule that holds decides; `model` is a model, an alias, a load balancer or an experiment. */
export interface RoutingRule {
  readonly name: string;
  /** Absent: always. */
  readonly when?: RoutingCondition;
  readonly model: string;
}

export const BALANCING_STRATEGIES = ['round_robin', 'weighted', 'least_busy', 'fastest'] as const;
export type BalancingStrategy = (typeof BALANCING_STRATEGIES)[number];

/** Several models under one name. */
export interface LoadBalancerSettings {
  /** Default round_robin; members without a weight take turns, those with one in proportion to it. */
  readonly strategy?: BalancingStrategy;
  /** Models or aliases; a weight is any number above 0, by default 1. */
  readonly models: readonly (string | { readonly model: string; readonly weight?: number })[];
}

/** What weighs most in the choice of a model. */
export const PREFERENCES = ['cost', 'speed', 'quality', 'value', 'balanced'] as const;
export type Preference = (typeof PREFERENCES)[number];

/** What an experiment may be decided by. */
export const EXPERIMENT_METRICS = ['success', 'quality', 'cost', 'latency'] as const;
export type ExperimentMetric = (typeof EXPERIMENT_METRICS)[number];

/** One of the models that an experiment compares. */
export interface ArmSettings {
  /** A model or an alias. */
  readonly model: string;
  readonly version?: string;
  /** Its part of the users. Either every arm has one and they add up to 1 or to 100, or none has and all are equal. */
  readonly weight?: number;
}

/** A comparison of models by those who use them. */
export interface ExperimentSettings {
  /** The first is the control, which the others are held against. */
  readonly arms: Readonly<Record<string, ArmSettings>>;
  /** What decides. Default success. */
  readonly goal?: ExperimentMetric;
  /** Which alias the winner is promoted to. */
  readonly alias?: string;
  /** False: everybody has the control, and nothing is recorded. Default true. */
  readonly running?: boolean;
}
