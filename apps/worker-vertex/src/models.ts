import { type ListedModel } from '@switchyard/contract';
import { badReply, isObject } from '@switchyard/provider-kit';

/** A page of a list of models. */
export interface ModelPage {
  readonly models: readonly ListedModel[];
  /** Where the list goes on; absent on its last page. */
  readonly nextPageToken?: string;
}

const NAME = /^publishers\/google\/models\/(?<id>[^/]+)$/;

/**
 * Reads one page of the models that Google publishes. An empty list is left out by Google.
 * @throws ProviderError `bad_response` for what is no list of models.
 */
export function readModelPage(raw: unknown): ModelPage {
  const isEmpty = isObject(raw) && Object.keys(raw).length === 0;
  const listed: unknown = isObject(raw) ? raw.publisherModels : undefined;
  if (!isObject(raw) || (!Array.isArray(listed) && !isEmpty)) throw badReply('no list of models');
  const names = (Array.isArray(listed) ? listed : []).map((model: unknown) =>
    isObject(model) ? model.name : undefined,
  );
  const { nextPageToken } = raw;
  return {
    models: names.flatMap((name) => {
      const id = typeof name === 'string' ? NAME.exec(name)?.groups?.['id'] : undefined;
      return id === undefined ? [] : [{ id }];
    }),
    ...(typeof nextPageToken === 'string' && nextPageToken !== '' && { nextPageToken }),
  };
}
