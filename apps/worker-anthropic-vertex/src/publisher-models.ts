import { type ListedModel } from '@switchyard/contract';
import { isObject } from '@switchyard/provider-kit';
import { type ModelRoutes } from '@switchyard/provider-kit/anthropic';

/** The most that Google puts on a page. */
const PAGE = 100;

const MODELS = 'publishers/anthropic/models';

/**
 * Google's list of what Anthropic publishes, whichever project asks:
 * https://cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/publishers.models/list. Only one model can be asked for
 * in `v1`.
 */
export const PUBLISHER_MODELS: ModelRoutes = {
  listPath: (after) =>
    `/v1beta1/${MODELS}?pageSize=${PAGE}${after === undefined ? '' : `&pageToken=${encodeURIComponent(after)}`}`,
  modelPath: (model) => `/v1/${MODELS}/${pathSegment(model)}`,
  readPage(page) {
    if (!isObject(page) || !Array.isArray(page['publisherModels'])) return undefined;
    const models = page['publisherModels'].flatMap((model: unknown) => readModel(model) ?? []);
    const next = page['nextPageToken'];
    return { models, ...(typeof next === 'string' && next !== '' && { next }) };
  },
  readModel,
};

/** A model's name in a path, where its version stands behind an `@` as it is. */
export function pathSegment(model: string): string {
  return encodeURIComponent(model).replaceAll('%40', '@');
}

/** A model as calls name it: with its version behind an `@`, where it has one. */
function readModel(model: unknown): ListedModel | undefined {
  if (!isObject(model) || typeof model['name'] !== 'string' || !model['name'].startsWith(`${MODELS}/`))
    return undefined;
  const name = model['name'].slice(MODELS.length + 1);
  const version = model['versionId'];
  const isVersioned = typeof version === 'string' && version !== '' && version !== 'default' && !name.includes('@');
  return { id: isVersioned ? `${name}@${version}` : name };
}
