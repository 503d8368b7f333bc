import type { BudgetSettings, FallbackOn, ModelSettings, ProviderSettings } from '@switchyard/contract';
import type { FilledModel } from './catalogue/fill-models.js';
import type { ConfigurationDocument } from './document/configuration-document.js';
import type { AccessPolicyDocument } from './document/section-documents.js';
import type { PlainMap } from './schema/navigate.js';

/** What `npm start` runs. Further keys are the names of providers. */
export interface Modules {
  readonly dashboard: boolean;
  readonly courier: boolean;
  /** The simulator app; on only where a provider of its kind is configured. */
  readonly simulator: boolean;
  readonly modelTransport: boolean;
  readonly [provider: string]: boolean;
}

/** A client's key. */
export interface KeySettings {
  /** Unique over all tenants. */
  readonly name: string;
  /** A secret: 16 or more visible characters. Absent: only its hash is kept, in the database. */
  readonly key?: string;
  /** Default `jobs` alone. */
  readonly scopes: readonly ('jobs' | 'admin')[];
  readonly permissions: readonly string[];
}

/** A tenant. */
export interface TenantSettings {
  readonly name: string;
  /** Share of a contended provider, above 0. Default 1. */
  readonly weight: number;
  /** False: requests and results are dropped once they are no longer needed. Default true. */
  readonly storePrompts: boolean;
  /** A secret: `whsec_…`. Absent: made at the first start. */
  readonly webhookSecret?: string;
  readonly keys: readonly KeySettings[];
}

/** Sizes beyond which something is refused. */
export interface LimitSettings {
  /** Of a request's body. Default 33,554,432. */
  readonly bodyBytes: number;
  /** Of a result. Default 33,554,432. */
  readonly resultBytes: number;
  /** Jobs of one tenant that wait at once. Default 100,000. */
  readonly maxQueuedPerTenant: number;
}

/** How long things are kept, in milliseconds. */
export interface RetentionSettings {
  /** Requests and results. Default 30 days. */
  readonly payloads: number;
  /** Jobs themselves. Default 90 days. */
  readonly jobs: number;
}

/** Sections that are validated and kept in the file's own form until a part of the product acts on them. */
type KeptSections = Pick<ConfigurationDocument, 'cache' | 'customModel' | 'onTimeout' | 'logLevels' | 'webhooks'> &
  Required<
    Pick<
      ConfigurationDocument,
      | 'routingRules'
      | 'loadBalancers'
      | 'experiments'
      | 'rateLimits'
      | 'contentRules'
      | 'promptTemplates'
      | 'generators'
      | 'adapters'
    >
  >;

/** The version of each entry that lies over the file's, by its name, for each collection that has one. */
export type OverlayVersions = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** One validated snapshot of everything that the file and the overlay say, defaults filled in. */
export interface Configuration extends KeptSections {
  /** The files that it was read from, in the order they were laid over each other; `built-in` stands for none. */
  readonly source: readonly string[];
  /** What the operator should know, a line each. */
  readonly warnings: readonly string[];
  /** What entries of `models` leave out and the catalogue knows. */
  readonly filled: readonly FilledModel[];
  readonly modules: Modules;
  /** By name, in the file's order; also those that `modules` switches off. */
  readonly providers: ReadonlyMap<string, ProviderSettings>;
  /** By id, in the file's order. */
  readonly models: ReadonlyMap<string, ModelSettings>;
  /** What each alias stands for: a model, or another alias. */
  readonly aliases: ReadonlyMap<string, string>;
  /** As the file names it, else the first of `fallbackChain`, else the only provider; undefined: models are chosen by score. */
  readonly defaultProvider: string | undefined;
  /** Names of providers, the first tried first. */
  readonly fallbackChain: readonly string[];
  /** For which errors a job goes on at the next target of its plan. Default: every kind but `authentication`. */
  readonly fallbackOn: FallbackOn;
  readonly accessPolicies: readonly AccessPolicyDocument[];
  readonly budgets: readonly BudgetSettings[];
  readonly limits: LimitSettings;
  readonly retention: RetentionSettings;
  /** By name; `default` is always there. */
  readonly tenants: ReadonlyMap<string, TenantSettings>;
  /** All of this as it was given, in the file's own form. Holds secrets. */
  readonly document: PlainMap;
  /** The entries that were laid over the file, by collection and name. */
  readonly overlay: OverlayVersions;
}
