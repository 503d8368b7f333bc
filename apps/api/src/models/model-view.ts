import { formatUsd, nanoUsd, PROVIDER_DESCRIPTIONS, type Capability } from '@switchyard/contract';
import type { ResolvedModel } from '@switchyard/registry';
import type { ApiContext } from '../api-context.js';
import { viewPrice, type PriceView } from './price-view.js';

/** A model: OpenAI's fields, and ours beside them. */
export interface ModelView {
  readonly id: string;
  readonly object: 'model';
  /** Seconds since 1970; when this process learned of it. */
  readonly created: number;
  readonly owned_by: string;
  readonly name: string;
  readonly provider: string;
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  readonly price: PriceView;
  /** Dollars per thousand tokens. */
  readonly costPer1kTokens: { readonly input: string; readonly output: string };
  readonly capabilities: readonly Capability[];
  readonly versions: readonly string[];
  readonly defaultVersion: string | null;
  /** Other names that lead here. */
  readonly aliases: readonly string[];
  /** Whether a job for it can be run: its provider is switched on, and of a kind that this version speaks to. */
  readonly available: boolean;
}

const STARTED_AT = Math.floor(Date.now() / 1_000);

/** Shows a model. */
export function viewModel(model: ResolvedModel, { app, registry }: ApiContext): ModelView {
  const names = [...app.configuration.current.aliases.keys()];
  return {
    id: model.id,
    object: 'model',
    created: STARTED_AT,
    owned_by: model.provider,
    name: model.name,
    provider: model.provider,
    contextWindow: model.contextWindow ?? null,
    maxOutputTokens: model.maxOutputTokens ?? null,
    price: viewPrice(model.price),
    costPer1kTokens: {
      input: formatUsd(nanoUsd(model.price.inputPerMillion / 1_000n)),
      output: formatUsd(nanoUsd(model.price.outputPerMillion / 1_000n)),
    },
    capabilities: model.capabilities,
    versions: registry.versionsOf(model.id),
    defaultVersion: model.version,
    aliases: names.filter((name) => registry.resolveModel(name) === model),
    available: model.enabled && PROVIDER_DESCRIPTIONS[model.providerKind].supported,
  };
}
