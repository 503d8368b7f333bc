import type { OpenMap } from './model-document.js';
import type { RateLimitTerms } from './provider-document.js';

/** When a routing rule holds; conditions beside each other must all hold. */
export interface ConditionDocument {
  readonly complexity?: NumberCondition;
  readonly tokens?: NumberCondition;
  readonly taskType?: TextCondition;
  readonly tenant?: TextCondition;
  readonly userId?: TextCondition;
  readonly metadata?: Readonly<Record<string, TextCondition>>;
  readonly time?: {
    /** `HH:MM`; a span that ends before it begins goes over midnight. */
    readonly from?: string;
    readonly to?: string;
    readonly days?: readonly ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[];
    readonly timeZone?: string;
  };
  readonly all?: readonly ConditionDocument[];
  readonly any?: readonly ConditionDocument[];
  readonly not?: ConditionDocument;
  readonly [key: `metadata.${string}`]: TextCondition;
}

type NumberCondition = number | { readonly [operator in 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'ne']?: number };
type TextCondition =
  | string
  | { readonly eq?: string; readonly ne?: string; readonly in?: readonly string[]; readonly notIn?: readonly string[] };

/** The first rule that holds decides; `model` is a model, an alias, a load balancer or an experiment. */
export interface RoutingRuleDocument {
  readonly name: string;
  /** Absent: always. */
  readonly when?: ConditionDocument;
  readonly model: string;
}

export interface LoadBalancerDocument {
  /** Default round_robin. */
  readonly strategy?: 'round_robin' | 'weighted' | 'least_busy' | 'fastest';
  readonly models: readonly (string | { readonly model: string; readonly weight?: number })[];
}

export interface ExperimentDocument {
  readonly arms: Readonly<
    Record<string, { readonly model: string; readonly version?: string; readonly weight?: number }>
  >;
}

/** A key needs all of `requiredPermissions` for each of `models`. */
export interface AccessPolicyDocument {
  readonly name: string;
  readonly models: readonly string[];
  readonly requiredPermissions: readonly string[];
}

/** A limit in dollars, as decimal text; of everything that `tenant`, `key` and `model` leave open. */
export interface BudgetDocument {
  readonly name: string;
  readonly tenant?: string;
  readonly key?: string;
  readonly model?: string;
  readonly dailyLimit?: string;
  readonly monthlyLimit?: string;
  /** 0 to 1. Default 0.8. */
  readonly alertThreshold?: number;
  /** Default true. `onLimit` says it finer. */
  readonly blockOnLimit?: boolean;
  readonly onLimit?: 'block' | 'warn' | 'wait';
  /** Default UTC. */
  readonly timeZone?: string;
}

export interface RateLimitDocument extends RateLimitTerms {
  readonly name: string;
  readonly key?: string;
  readonly tenant?: string;
  readonly provider?: string;
  readonly model?: string;
}

export interface ContentRuleDocument {
  readonly name: string;
  /** Default both. */
  readonly where?: readonly ('input' | 'output')[];
  readonly pattern?: string;
  readonly words?: readonly string[];
  readonly personalData?: readonly ('email' | 'phone' | 'card' | 'iban')[];
  readonly moderationModel?: string;
  readonly action: 'block' | 'redact' | 'flag';
  readonly refusal?: string;
  readonly onBlock?: 'refuse' | 'fail';
}

export interface GeneratorDocument {
  readonly model: string;
  readonly template?: string;
  readonly retriever?: string;
  readonly reranker?: string;
  readonly maxDocuments?: number;
  readonly historyTurns?: number;
}

export interface AdapterDocument {
  readonly systemPrompt?: string;
  readonly params?: OpenMap;
  readonly loraModel?: string;
  readonly output?: {
    readonly replace?:
      Readonly<Record<string, string>> | readonly { readonly pattern: string; readonly with: string }[];
    readonly template?: string;
  };
  readonly models?: readonly string[];
  readonly botTypes?: readonly string[];
}

export interface TenantDocument {
  /** Share of a contended provider. Default 1. */
  readonly weight?: number;
  readonly webhookSecret?: string;
  readonly keys?: readonly {
    readonly name: string;
    readonly key?: string;
    readonly scopes?: readonly ('jobs' | 'admin')[];
    readonly permissions?: readonly string[];
  }[];
  /** Default true. */
  readonly storePrompts?: boolean;
}

export interface WebhookEndpointDocument {
  readonly name?: string;
  readonly tenant: string;
  readonly url: string;
  readonly secret?: string;
  /** Absent: all. */
  readonly events?: readonly string[];
}
