import { createHash } from 'node:crypto';
import type { Configuration } from '../configuration.js';
import type { PlainMap } from '../schema/navigate.js';
import { collectionOf, type CollectionName } from './collections.js';
import { refusals } from './refusals.js';
import { withoutSecrets } from './secret-places.js';

/** Where an entry comes from: the file, or a change through the control plane. */
export type EntrySource = 'file' | 'api';

/** An entry as the control plane shows it: as the file would say it, without its secrets. A model's name is its `id`. */
export type EntryView = PlainMap & { readonly source: EntrySource };

/** An entry and what its state is known by. */
export interface ShownEntry {
  readonly name: string;
  readonly view: EntryView;
  /** Changes whenever the entry does; a strong `ETag`, quotes included. */
  readonly etag: string;
}

/** The entries of a collection that are in force, by name in the order of Unicode. */
export function listEntries(configuration: Configuration, collection: CollectionName): readonly ShownEntry[] {
  const entries = collectionOf(collection).entries(configuration.document);
  return [...entries]
    .map(([name, body]) => showEntry(collection, name, body, configuration.overlay.get(collection)?.get(name)))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** @throws GatewayError (404) where there is none of this name */
export function getEntry(configuration: Configuration, collection: CollectionName, name: string): ShownEntry {
  const body = collectionOf(collection).entries(configuration.document).get(name);
  if (!body) throw refusals.notFound(collectionOf(collection).noun, name);
  return showEntry(collection, name, body, configuration.overlay.get(collection)?.get(name));
}

/** @param version Of the overlay's entry; absent: it is the file's. */
export function showEntry(
  collection: CollectionName,
  name: string,
  body: PlainMap,
  version: number | undefined,
): ShownEntry {
  const { key } = collectionOf(collection);
  const source: EntrySource = version === undefined ? 'file' : 'api';
  const view = { [key]: name, ...withoutSecrets(collection, body), source };
  return { name, view, etag: version === undefined ? `"file-${digest(view)}"` : `"api-${version}"` };
}

function digest(view: EntryView): string {
  return createHash('sha256').update(JSON.stringify(view)).digest('base64url').slice(0, 16);
}
