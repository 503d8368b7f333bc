import { isDeepStrictEqual } from 'node:util';
import { GatewayError } from '@switchyard/contract';
import type { Configuration } from '../configuration.js';
import { FaultList } from '../faults/fault-list.js';
import { maskConfiguration } from '../mask-configuration.js';
import type { PlainMap } from '../schema/navigate.js';
import type { EntryChange } from './draft.js';
import { COLLECTIONS, type CollectionName } from './collections.js';

/** Everything that is running, in the file's own form, secrets masked; entries that can be changed say where they are from. */
export function showConfiguration(configuration: Configuration): PlainMap {
  let shown = maskConfiguration(configuration);
  for (const [collection, { entries, lay }] of Object.entries(COLLECTIONS)) {
    const changed = configuration.overlay.get(collection);
    const sourced = [...entries(shown)].map(([name, body]) => {
      const source = changed?.has(name) === true ? 'api' : 'file';
      return [name, { body: { ...body, source }, hashed: [] }] as const;
    });
    shown = lay(shown, new Map(sourced), new FaultList());
  }
  return shown;
}

/**
 * Reads a part of a configuration that is to be merged into what is running: `budgets`, and `tenants` with their keys.
 * What stands in it as it is anyway changes nothing, so that all of an answer can be sent back.
 * @throws GatewayError (422) that names what cannot be changed here
 */
export function readChanges(configuration: Configuration, given: unknown): readonly EntryChange[] {
  if (!isMap(given)) throw refuse('The body must be a JSON object with sections of the configuration.');
  const running = new Map<string, unknown>(Object.entries(showConfiguration(configuration)));
  const changes: EntryChange[] = [];
  for (const [section, value] of Object.entries(given)) {
    if (section === 'budgets') changes.push(...budgetsOf(value));
    else if (section === 'tenants') changes.push(...tenantsOf(value));
    else if (!isDeepStrictEqual(value, running.get(section))) {
      throw refuse(`\`${section}\` cannot be changed here; change the configuration file.`, section);
    }
  }
  return changes;
}

function budgetsOf(value: unknown): readonly EntryChange[] {
  return listIn(value, 'budgets').map((body, index) => merge('budgets', nameIn(body, `budgets[${index}]`), body));
}

function tenantsOf(value: unknown): readonly EntryChange[] {
  if (!isMap(value)) throw refuse('`tenants` must be a map of tenants by name.', 'tenants');
  return Object.entries(value).flatMap(([name, tenant]) => {
    const place = `tenants.${name}`;
    if (!isMap(tenant)) throw refuse(`\`${place}\` must be a JSON object with the fields of a tenant.`, place);
    const { keys = [], ...body } = tenant;
    const own = listIn(keys, `${place}.keys`).map((key, index) => {
      const keyName = nameIn(key, `${place}.keys[${index}]`);
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

function nameIn(entry: unknown, place: string): string {
  const name = isMap(entry) && Object.hasOwn(entry, 'name') ? entry['name'] : undefined;
  if (typeof name === 'string') return name;
  throw refuse(`\`${place}.name\` is missing; give it a value.`, `${place}.name`);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(message: string, param?: string): GatewayError {
  return new GatewayError('invalid_request_error', message, param === undefined ? {} : { param });
}
