import type { ExperimentSettings, FallbackOn, LoadBalancerSettings, RoutingRule } from '@switchyard/contract';
import type { CacheDocument, ModelDocument } from './model-document.js';
import type { ProviderDocument } from './provider-document.js';
import type {
  AccessPolicyDocument,
  AdapterDocument,
  BudgetDocument,
  ContentRuleDocument,
  GeneratorDocument,
  RateLimitDocument,
  TenantDocument,
  WebhookEndpointDocument,
} from './section-documents.js';

type Named<Value> = Readonly<Record<string, Value>>;

/** A configuration as the file says it: layers merged, variables filled in, second spellings turned into the first. */
export interface ConfigurationDocument {
  readonly modules?: Named<boolean>;
  readonly providers?: Named<ProviderDocument>;
  readonly models?: readonly ModelDocument[];
  readonly aliases?: Named<string>;
  readonly defaultProvider?: string;
  readonly fallbackChain?: readonly string[];
  readonly fallbackOn?: FallbackOn;
  readonly routingRules?: readonly RoutingRule[];
  readonly loadBalancers?: Named<LoadBalancerSettings>;
  readonly experiments?: Named<ExperimentSettings>;
  readonly accessPolicies?: readonly AccessPolicyDocument[];
  readonly budgets?: readonly BudgetDocument[];
  readonly rateLimits?: readonly RateLimitDocument[];
  readonly limits?: {
    readonly bodyBytes?: number | string;
    readonly resultBytes?: number | string;
    readonly maxQueuedPerTenant?: number;
  };
  readonly contentRules?: readonly ContentRuleDocument[];
  /** Text by name and version. */
  readonly promptTemplates?: Named<Named<string>>;
  readonly generators?: Named<GeneratorDocument>;
  readonly adapters?: Named<AdapterDocument>;
  readonly cache?: CacheDocument;
  readonly retention?: { readonly payloads?: string; readonly jobs?: string };
  readonly tenants?: Named<TenantDocument>;
  readonly webhooks?: { readonly endpoints?: readonly WebhookEndpointDocument[] };
  readonly customModel?: string;
  readonly onTimeout?: { readonly content: string };
  readonly logLevels?: Named<string>;
}
