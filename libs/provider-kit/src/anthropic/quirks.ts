import { type ListedModel, type ProviderKind, type ProviderSettings } from '@switchyard/contract';
import { type WireSettings } from '../connection/vendor-connection.js';

/** Where a server that speaks Anthropic's dialect differs from what `createAnthropicProvider` does by default. */
export interface AnthropicQuirks extends WireSettings {
  /** Where messages are asked for, below the base URL. Default `/v1/messages`. */
  readonly messagesPath?: (model: string, isStream: boolean) => string;
  /**
   * The version of the API as a field of the body, where the path names the model. Default: the body names the model, and
   * the header `anthropic-version` the version.
   */
  readonly versionInBody?: string;
  /** Whether an image may be given by its address. Default true. */
  readonly takesImageUrls?: boolean;
  /** How models are asked for. Default `/v1/models`. */
  readonly models?: ModelRoutes;
}

/** How a server lists its models. Paths are below the base URL. */
export interface ModelRoutes {
  /** @param after what the page before it gave as `next`. */
  listPath(after: string | undefined): string;
  modelPath(model: string): string;
  /** @returns undefined for what is no page of a list. */
  readPage(page: unknown): ModelPage | undefined;
  /** @returns undefined for what is no model. */
  readModel(model: unknown): ListedModel | undefined;
}

interface ModelPage {
  readonly models: readonly ListedModel[];
  /** Absent on the last page. */
  readonly next?: string;
}

/** What the parts of the dialect need to know of the provider that they speak to. */
export interface Dialect {
  readonly kind: ProviderKind;
  readonly takesImageUrls: boolean;
  /** The most that a model writes, in tokens, by the vendor's name of it. */
  readonly outputLimits: ReadonlyMap<string, number>;
}

/** Where two models of the configuration are one of the vendor's, the smaller limit holds: either was reserved for. */
export function outputLimitsOf({ models = [] }: Pick<ProviderSettings, 'models'>): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const { providerModel, maxOutputTokens, versions } of models) {
    for (const entry of [{}, ...Object.values(versions)]) {
      const { providerModel: name = providerModel, maxOutputTokens: limit = maxOutputTokens } = {
        providerModel,
        ...entry,
      };
      if (limit !== undefined) limits.set(name, Math.min(limit, limits.get(name) ?? limit));
    }
  }
  return limits;
}
