import type { OpenMap } from './model-document.js';
import type { RateLimitSettings } from '@switchyard/contract';

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

export interface RateLimitDocument extends RateLimitSettings {
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
