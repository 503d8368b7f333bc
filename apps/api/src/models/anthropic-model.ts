import type { ResolvedModel } from '@switchyard/registry';

/** A model as Anthropic's API lists it. What it tells of Claude alone is null here. */
export interface AnthropicModel {
  readonly type: 'model';
  readonly id: string;
  readonly display_name: string;
  /** When this process learned of it. */
  readonly created_at: string;
  readonly max_input_tokens: number | null;
  readonly max_tokens: number | null;
  readonly lifecycle: 'active';
  readonly deprecated_at: null;
  readonly retires_at: null;
  readonly capabilities: null;
  readonly line: null;
}

/** Anthropic's list, with our cursor beside its own. */
export interface AnthropicModelList {
  readonly data: readonly AnthropicModel[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
  readonly nextCursor: string | null;
}

/** Entries of one of Anthropic's pages, unless the request says how many. */
export const ANTHROPIC_PAGE_SIZE = 20;

const STARTED_AT = new Date(Math.floor(Date.now() / 1_000) * 1_000).toISOString();

/** Shows a model to a client of Anthropic's. */
export function viewAnthropicModel(model: ResolvedModel): AnthropicModel {
  return {
    type: 'model',
    id: model.id,
    display_name: model.name,
    created_at: STARTED_AT,
    max_input_tokens: model.contextWindow ?? null,
    max_tokens: model.maxOutputTokens ?? null,
    lifecycle: 'active',
    deprecated_at: null,
    retires_at: null,
    capabilities: null,
    line: null,
  };
}

/** @param more Whether there are more in the direction that is paged. */
export function viewAnthropicPage(page: readonly ResolvedModel[], more: boolean): AnthropicModelList {
  const last = page.at(-1)?.id ?? null;
  return {
    data: page.map(viewAnthropicModel),
    has_more: more,
    first_id: page[0]?.id ?? null,
    last_id: last,
    nextCursor: more ? last : null,
  };
}
