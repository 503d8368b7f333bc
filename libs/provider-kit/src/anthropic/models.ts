import { type ListedModel } from '@switchyard/contract';
import { isObject } from '../json.js';
import { type ModelRoutes } from './quirks.js';

/** The most that a page of the list holds. */
const PAGE = 1_000;

/** Anthropic's own: https://platform.claude.com/docs/en/api/models/list. */
export const ANTHROPIC_MODELS: ModelRoutes = {
  listPath: (after) => `/v1/models?limit=${PAGE}${after === undefined ? '' : `&after_id=${encodeURIComponent(after)}`}`,
  modelPath: (model) => `/v1/models/${encodeURIComponent(model)}`,
  readPage(page) {
    if (!isObject(page) || !Array.isArray(page.data)) return undefined;
    const models = page.data.flatMap((model: unknown) => readModel(model) ?? []);
    const next = page.has_more === true && typeof page.last_id === 'string' ? page.last_id : undefined;
    return { models, ...(next !== undefined && { next }) };
  },
  readModel,
};

function readModel(model: unknown): ListedModel | undefined {
  return isObject(model) && typeof model.id === 'string' ? { id: model.id } : undefined;
}
