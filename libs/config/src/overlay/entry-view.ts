import { createHash } from 'node:crypto';
import type { Configuration } from '../configuration.js';
import type { PlainMap } from '../schema/navigate.js';
import { COLLECTIONS, secretFields, type CollectionName } from './collections.js';
import { refusals } from './refusals.js';

/** Where an entry comes from: the file, or a change through the control plane. */
export type EntrySource = 'file' | 'api';

/** An entry as the control plane shows it: as the file would say it, without its secrets. */
export type EntryView = PlainMap & { readonly name: string; readonly source: EntrySource };

/** An entry and what its state is known by. */
export interface ShownEntry {
  readonly view: EntryView;
  /** Changes whenever the entry does; a strong `ETag`, quotes included. */
  readonly etag: string;
}

/** The entries of a collection that are in force, by name in the order of Unicode. */
export function listEntries(configuration: Configuration, collection: CollectionName): readonly ShownEntry[] {
  const entries = COLLECTIONS[collection].entries(configuration.document);
  return [...entries]
    .map(([name, body]) => showEntry(collection, name, body, configuration.overlay.get(collection)?.get(name)))
    .toSorted((one, other) => (one.view.name < other.view.name ? -1 : 1));
}

/** @throws GatewayError (404) where there is none of this name */
export function getEntry(configuration: Configuration, collection: CollectionName, name: string): ShownEntry {
  const body = COLLECTIONS[collection].entries(configuration.document).get(name);
  if (!body) throw refusals.notFound(COLLECTIONS[collection].noun, name);
  return showEntry(collection, name, body, configuration.overlay.get(collection)?.get(name));
}

/** @param version Of the overlay's entry; absent: it is the file's. */
export function showEntry(
  collection: CollectionName,
  name: string,
  body: PlainMap,
  version: number | undefined,
): ShownEntry {
  const view = { name, ...shownFields(collection, body), source: version === undefined ? 'file' : 'api' } as const;
  return { view, etag: version === undefined ? `"file-${digest(view)}"` : `"api-${version}"` };
}

/** The fields of an entry that are no secrets. */
export function shownFields(collection: CollectionName, body: PlainMap): PlainMap {
  const secret = secretFields(collection);
  return Object.fromEntries(Object.entries(body).filter(([field]) => !secret.includes(field)));
}

function digest(view: EntryView): string {
  return createHash('sha256').update(JSON.stringify(view)).digest('base64url').slice(0, 16);
}
