import { isDeepStrictEqual } from 'node:util';
import { GatewayError } from '@switchyard/contract';
import type { Configuration } from '../configuration.js';
import { maskConfiguration } from '../mask-configuration.js';
import type { PlainMap } from '../schema/navigate.js';
import type { EntryChange } from './draft.js';
import { COLLECTION_NAMES, collectionOf, type CollectionName } from './collections.js';
import { isSetting } from './settings-collection.js';

/** Everything that is running, in the file's own form, secrets masked; each entry that can be changed says where it is from. */
export function showConfiguration(configuration: Configuration): PlainMap {
  let shown = maskConfiguration(configuration);
  for (const name of COLLECTION_NAMES) {
    const { entries, lay, show = lay } = collectionOf(name);
    const changed = configuration.overlay.get(name);
    const sourced = [...entries(shown)].map(([entry, body]) => {
      const source = changed?.has(entry) === true ? 'api' : 'file';
      return [entry, { body: { ...body, source }, hashed: [] }] as const;
    });
    if (sourced.length > 0) shown = show(shown, new Map(sourced), undefined);
  }
  return shown;
}

/**
 * Reads a part of a configuration that is to be merged into what is running: sections whose entries can be changed.
 * What stands in it as it is anyway changes nothing, so that all of an answer can be sent back.
 * @throws GatewayError (422) that names what cannot be changed here
 */
export function readChanges(configuration: Configuration, given: unknown): readonly EntryChange[] {
  if (!isMap(given)) throw refuse('The body must be a JSON object with sections of the configuration.');
  const running = new Map<string, unknown>(Object.entries(showConfiguration(configuration)));
  const sections = new Map(
    COLLECTION_NAMES.filter((name) => name !== 'settings').map((name) => [collectionOf(name).section, name]),
  );
  const changes: EntryChange[] = [];
  for (const [section, value] of Object.entries(given)) {
    const collection = sections.get(section);
    if (section === 'tenants') changes.push(...tenantsOf(value));
    else if (isSetting(section)) changes.push(merge('settings', section, { value }));
    else if (collection) changes.push(...entriesOf(collection, value));
    else if (!isDeepStrictEqual(value, running.get(section))) {
      throw refuse(`\`${section}\` cannot be changed here; change the configuration file.`, section);
    }
  }
  return changes;
}

function entriesOf(collection: CollectionName, value: unknown): readonly EntryChange[] {
  const { section, form, key } = collectionOf(collection);
  if (form === 'list') {
    return listIn(value, section).map((body, index) => {
      return merge(collection, nameIn(body, key, `${section}[${index}]`), body);
    });
  }
  if (!isMap(value)) throw refuse(`\`${section}\` must be a map of entries by name.`, section);
  return Object.entries(value).map(([name, body]) => merge(collection, name, body));
}

function tenantsOf(value: unknown): readonly EntryChange[] {
  if (!isMap(value)) throw refuse('`tenants` must be a map of tenants by name.', 'tenants');
  return Object.entries(value).flatMap(([name, tenant]) => {
    const place = `tenants.${name}`;
    if (!isMap(tenant)) throw refuse(`\`${place}\` must be a JSON object with the fields of a tenant.`, place);
    const { keys = [], ...body } = tenant;
    const own = listIn(keys, `${place}.keys`).map((key, index) => {
      const keyName = nameIn(key, 'name', `${place}.keys[${index}]`);
      return merge('keys', keyName, isMap(key) ? { ...key, tenant: name } : key);
    });
    return [merge('tenants', name, body), ...own];
  });
}

function merge(collection: CollectionName, name: string, body: unknown): EntryChange {
  return { collection, name, kind: 'merge', body };
}

function listIn(value: unknown, place: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw refuse(`\`${place}\` must be a list.`, place);
}

function nameIn(entry: unknown, key: string, place: string): string {
  const name = isMap(entry) && Object.hasOwn(entry, key) ? entry[key] : undefined;
  if (typeof name === 'string') return name;
  throw refuse(`\`${place}.${key}\` is missing; give it a value.`, `${place}.${key}`);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(message: string, param?: string): GatewayError {
  return new GatewayError('invalid_request_error', message, param === undefined ? {} : { param });
}
