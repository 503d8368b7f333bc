import { collectionOf, type CollectionName } from '@switchyard/config';

/** What an entry of a collection is called in the description of the API, `RoutingRule`. */
export function entryTitle(collection: CollectionName): string {
  const words = collectionOf(collection).noun.split(' ');
  return words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('');
}
