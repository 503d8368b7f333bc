import { DEFAULT_TENANT } from '../checks/names.js';
import type { FaultList } from '../faults/fault-list.js';
import type { Path } from '../faults/path.js';
import { suggestion } from '../faults/suggest.js';
import { BUDGET, CLIENT_KEY, TENANT } from '../schema/limit-schema.js';
import { isPlainList, isPlainMap, type Plain, type PlainMap } from '../schema/navigate.js';
import { closedMap, TEXT, type Schema } from '../schema/schema.js';

/** What lies over the file under one name. */
export interface LaidEntry {
  /** As the file would say it, without its name; its secrets are in it as far as they are known. */
  readonly body: PlainMap;
  /** Secrets of its own whose text nobody keeps. */
  readonly hashed: readonly string[];
}

type Entries = ReadonlyMap<string, PlainMap>;

/** A part of the configuration that is changed entry by entry. */
export interface Collection {
  /** One entry, in a word. */
  readonly noun: string;
  /** Of an entry with its name. */
  readonly schema: Schema;
  /** Secrets of which only a hash is kept, in the table that decides by them. */
  readonly hashed: readonly string[];
  /** The entries of a document by name, each without it. */
  readonly entries: (document: PlainMap) => Entries;
  /** Where an entry stands in a document. */
  readonly placeOf: (document: PlainMap, name: string) => Path;
  /** The document with these entries in the place of those of their names. */
  readonly lay: (
    document: PlainMap,
    entries: ReadonlyMap<string, LaidEntry>,
    faults: FaultList | undefined,
  ) => PlainMap;
}

const budgets: Collection = {
  noun: 'budget',
  schema: BUDGET,
  hashed: [],
  entries: (document) => new Map(listOf(document['budgets']).map(({ name, ...body }) => [textOf(name), body])),
  placeOf: (document, wanted) => ['budgets', listOf(document['budgets']).findIndex(({ name }) => name === wanted)],
  lay: (document, entries) => {
    const left = new Map([...entries].map(([name, { body }]) => [name, { ...body, name }]));
    const inPlace = listOf(document['budgets']).map((budget) => take(left, textOf(budget['name'])) ?? budget);
    return { ...document, budgets: [...inPlace, ...left.values()] };
  },
};

const tenants: Collection = {
  noun: 'tenant',
  schema: closedMap({ name: TEXT, ...without(TENANT.properties, 'keys') }),
  hashed: [],
  entries: (document) =>
    new Map(
      Object.entries({ [DEFAULT_TENANT]: {}, ...tenantsOf(document) }).map(([name, tenant]) => {
        return [name, without(tenant, 'keys')];
      }),
    ),
  placeOf: (_, name) => ['tenants', name],
  lay: (document, entries, faults) => {
    const all = tenantsOf(document);
    for (const [name, { body }] of entries) {
      if (body['keys'] === undefined) continue;
      faults?.add(['tenants', name, 'keys'], 'is no field here: keys are changed one by one; leave it out');
    }
    const laid = [...entries].map(([name, { body }]): [string, PlainMap] => {
      return [name, { ...only(own(all, name), ['keys', 'webhookSecret']), ...without(body, 'keys') }];
    });
    return { ...document, tenants: { ...all, ...Object.fromEntries(laid) } };
  },
};

const keys: Collection = {
  noun: 'key',
  schema: closedMap({ ...CLIENT_KEY.properties, tenant: TEXT }, ['name', 'tenant']),
  hashed: ['key'],
  entries: (document) =>
    new Map(
      Object.entries(tenantsOf(document)).flatMap(([tenant, { keys: list }]) =>
        listOf(list).map(({ name, ...body }) => [textOf(name), { tenant, ...body }] as const),
      ),
    ),
  placeOf: (document, wanted) => {
    for (const [tenant, { keys: list }] of Object.entries(tenantsOf(document))) {
      const index = listOf(list).findIndex(({ name }) => name === wanted);
      if (index >= 0) return ['tenants', tenant, 'keys', index];
    }
    return ['keys', wanted];
  },
  lay: layKeys,
};

/** Every collection that the control plane changes, those that others name first. */
export const COLLECTIONS = { tenants, keys, budgets } as const satisfies Record<string, Collection>;
export type CollectionName = keyof typeof COLLECTIONS;
export const COLLECTION_NAMES: readonly CollectionName[] = Object.keys(COLLECTIONS).filter(isCollection);

export function isCollection(name: string): name is CollectionName {
  return Object.hasOwn(COLLECTIONS, name);
}

/** A key stands under its tenant, and moves there with what it is in the file unless it has become another. */
function layKeys(document: PlainMap, entries: ReadonlyMap<string, LaidEntry>, faults: FaultList | undefined): PlainMap {
  const known = new Map<string, PlainMap>(Object.entries(tenantsOf(document)));
  const inFile = keys.entries(document);
  for (const [name, tenant] of known) {
    const kept = listOf(tenant['keys']).filter((key) => !entries.has(textOf(key['name'])));
    if (tenant['keys'] !== undefined) known.set(name, { ...tenant, keys: kept });
  }
  for (const [name, { body, hashed }] of entries) {
    const { tenant = '', ...rest } = body;
    const owner = typeof tenant === 'string' ? tenant : '';
    const isKnown = known.has(owner) || owner === DEFAULT_TENANT;
    if (!isKnown && !faults) continue;
    // Of one that belongs to nobody the other faults are found too: where those of the default tenant are.
    const home = isKnown ? owner : DEFAULT_TENANT;
    const { keys: others, ...tenantItself } = known.get(home) ?? {};
    const before = hashed.includes('key') ? {} : only(inFile.get(name) ?? {}, ['key']);
    const list = listOf(others);
    if (!isKnown) {
      const none = `no tenant is named "${owner}"${suggestion(owner, known.keys())}`;
      const place = ['tenants', home, 'keys', list.length, 'tenant'];
      faults?.add(place, owner === '' ? 'must be the name of a tenant' : none);
    }
    known.set(home, { ...tenantItself, keys: [...list, { ...before, ...rest, name }] });
  }
  return { ...document, tenants: Object.fromEntries(known) };
}

/** The fields of a collection's entries that are never shown. */
export function secretFields(collection: CollectionName): readonly string[] {
  const { properties = {} } = COLLECTIONS[collection].schema;
  return Object.keys(properties).filter((field) => properties[field]?.secret === true);
}

function tenantsOf(document: PlainMap): Readonly<Record<string, PlainMap>> {
  const all = isPlainMap(document['tenants']) ? document['tenants'] : {};
  return Object.fromEntries(Object.entries(all).map(([name, tenant]) => [name, isPlainMap(tenant) ? tenant : {}]));
}

function listOf(value: Plain | undefined): readonly PlainMap[] {
  return isPlainList(value) ? value.filter(isPlainMap) : [];
}

function textOf(value: Plain | undefined): string {
  return typeof value === 'string' ? value : '';
}

function own(map: Readonly<Record<string, PlainMap>>, name: string): PlainMap {
  return (Object.hasOwn(map, name) ? map[name] : undefined) ?? {};
}

function only(map: PlainMap, fields: readonly string[]): PlainMap {
  return Object.fromEntries(Object.entries(map).filter(([field]) => fields.includes(field)));
}

function without<Value>(map: Readonly<Record<string, Value>> = {}, field: string): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(map).filter(([each]) => each !== field));
}

function take(map: Map<string, PlainMap>, name: string): PlainMap | undefined {
  const found = map.get(name);
  map.delete(name);
  return found;
}
