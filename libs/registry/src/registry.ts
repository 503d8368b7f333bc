import type { Capability, ModelSettings, Price, ProviderKind, ProviderSettings } from '@switchyard/contract';

/** The part of a configuration that says what exists. */
export interface RegistrySource {
  readonly providers: ReadonlyMap<string, ProviderSettings>;
  readonly models: ReadonlyMap<string, ModelSettings>;
  /** What each alias stands for: a model, or another alias. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly defaultProvider?: string | undefined;
  /** Names of providers, the first tried first. */
  readonly fallbackChain: readonly string[];
  readonly accessPolicies?: readonly AccessPolicy[];
  /** A provider is enabled unless it is false here. */
  readonly modules?: Readonly<Record<string, boolean>>;
}

/** What a key needs for some models, besides what each model asks for itself. */
interface AccessPolicy {
  readonly models: readonly string[];
  readonly requiredPermissions: readonly string[];
}

/** A model at one of its versions, with all that a job needs to be sent to it and paid. */
export interface ResolvedModel {
  readonly id: string;
  /** For humans; the id unless given. */
  readonly name: string;
  /** Null for a model without versions, or one that has no default among them. */
  readonly version: string | null;
  readonly provider: string;
  readonly providerKind: ProviderKind;
  /** Whether its provider may serve `localOnly`. */
  readonly local: boolean;
  /** Whether its provider is switched on. */
  readonly enabled: boolean;
  /** The vendor's own name for it. */
  readonly providerModel: string;
  readonly capabilities: readonly Capability[];
  /** Tokens of prompt and answer together; absent for models that read no text into a window. */
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
  readonly defaultMaxTokens?: number;
  readonly price: Price;
  /** Defaults for requests that do not say. */
  readonly params: Readonly<Record<string, unknown>>;
  /** All of these a key needs: the model's own, and those of every policy that names it. */
  readonly requiredPermissions: readonly string[];
  readonly fallbackModels: readonly string[];
  /** 0 to 1, as the configuration says; absent where it does not. */
  readonly quality?: number;
  readonly speed?: number;
}

/** A provider and whether it is switched on. */
export interface RegisteredProvider {
  readonly settings: ProviderSettings;
  readonly enabled: boolean;
}

/** What exists. Never changes: another configuration makes another registry. */
export interface Registry {
  readonly defaultProvider: string | undefined;
  readonly fallbackChain: readonly string[];
  /** @param name a model's id or an alias of it */
  hasModel(name: string): boolean;
  /**
   * @param name a model's id or an alias of it
   * @param version absent: the model's default version
   * @returns undefined for an unknown model or version
   */
  resolveModel(name: string, version?: string): ResolvedModel | undefined;
  /** The versions of a model, in the file's order; none for an unknown one. */
  versionsOf(name: string): readonly string[];
  /** Every model at its default version, in the file's order. */
  listModels(): readonly ResolvedModel[];
  modelsWith(capability: Capability): readonly ResolvedModel[];
  modelsOf(provider: string): readonly ResolvedModel[];
  provider(name: string): RegisteredProvider | undefined;
  /** In the file's order. */
  listProviders(): readonly RegisteredProvider[];
}
