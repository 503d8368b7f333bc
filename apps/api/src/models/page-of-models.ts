import { GatewayError } from '@switchyard/contract';
import type { ResolvedModel } from '@switchyard/registry';
import type { ListModelsQuery } from './list-models.query.js';

/** A page of a list, and whether there are more in the direction that is paged. */
interface ModelPage {
  readonly page: readonly ResolvedModel[];
  readonly more: boolean;
}

/**
 * Cuts a page out of a list, after a model or before one.
 * @throws GatewayError (422) for a position that is none: a page from the start would be taken for the next one
 */
export function pageOfModels(models: readonly ResolvedModel[], query: ListModelsQuery, size: number): ModelPage {
  const limit = query.limit ?? size;
  if (query.before_id !== undefined) {
    const end = positionOf('before_id', query, models);
    const start = Math.max(0, end - limit);
    return { page: models.slice(start, end), more: start > 0 };
  }
  const named = (['after', 'after_id', 'cursor'] as const).find((param) => query[param] !== undefined);
  const start = named === undefined ? 0 : positionOf(named, query, models) + 1;
  const page = models.slice(start, start + limit);
  return { page, more: start + page.length < models.length };
}

function positionOf(
  param: 'after' | 'after_id' | 'before_id' | 'cursor',
  query: ListModelsQuery,
  models: readonly ResolvedModel[],
): number {
  const index = models.findIndex(({ id }) => id === query[param]);
  if (index >= 0) return index;
  const end = param === 'before_id' ? 'the first one of the page after' : 'the last one of the page before';
  throw new GatewayError('invalid_request_error', `\`${param}\` names no model; send the id of ${end}.`, { param });
}
