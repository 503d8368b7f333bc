import { DEFAULT_TENANT } from '../checks/names.js';
import type { FaultList } from '../faults/fault-list.js';
import { suggestion } from '../faults/suggest.js';
import { CLIENT_KEY, TENANT } from '../schema/limit-schema.js';
import type { PlainMap } from '../schema/navigate.js';
import { closedMap, TEXT } from '../schema/schema.js';
import { listOf, mapOf, only, textOf, without, type Collection, type LaidEntry } from './collection.js';

/** Tenants, without their keys. */
export const TENANTS: Collection = {
  ...{ noun: 'tenant', section: 'tenants', form: 'map', key: 'name', hashed: [] },
  schema: closedMap({ name: TEXT, ...without(TENANT.properties, 'keys') }),
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
      return [name, { ...only(own(all, name), ['keys']), ...without(body, 'keys') }];
    });
    return { ...document, tenants: { ...all, ...Object.fromEntries(laid) } };
  },
};

/** Keys of all tenants; each says whose it is. */
export const KEYS: Collection = {
  ...{ noun: 'key', section: 'tenants', form: 'list', key: 'name', hashed: ['key'] },
  schema: closedMap({ ...CLIENT_KEY.properties, tenant: TEXT }, ['name', 'tenant']),
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

/** A key stands under its tenant, and moves there. */
function layKeys(document: PlainMap, entries: ReadonlyMap<string, LaidEntry>, faults: FaultList | undefined): PlainMap {
  const known = new Map<string, PlainMap>(Object.entries(tenantsOf(document)));
  for (const [name, tenant] of known) {
    const kept = listOf(tenant['keys']).filter((key) => !entries.has(textOf(key['name'])));
    if (tenant['keys'] !== undefined) known.set(name, { ...tenant, keys: kept });
  }
  for (const [name, { body }] of entries) {
    const { tenant = '', ...rest } = body;
    const owner = typeof tenant === 'string' ? tenant : '';
    const isKnown = known.has(owner) || owner === DEFAULT_TENANT;
    if (!isKnown && !faults) continue;
    // Of one that belongs to nobody the other faults are found too: where those of the default tenant are.
    const home = isKnown ? owner : DEFAULT_TENANT;
    const { keys: others, ...tenantItself } = known.get(home) ?? {};
    const list = listOf(others);
    if (!isKnown) {
      const none = `no tenant is named "${owner}"${suggestion(owner, known.keys())}`;
      const place = ['tenants', home, 'keys', list.length, 'tenant'];
      faults?.add(place, owner === '' ? 'must be the name of a tenant' : none);
    }
    known.set(home, { ...tenantItself, keys: [...list, { ...rest, name }] });
  }
  return { ...document, tenants: Object.fromEntries(known) };
}

function tenantsOf(document: PlainMap): Readonly<Record<string, PlainMap>> {
  const all = mapOf(document['tenants']);
  return Object.fromEntries(Object.entries(all).map(([name, tenant]) => [name, mapOf(tenant)]));
}

function own(map: Readonly<Record<string, PlainMap>>, name: string): PlainMap {
  return (Object.hasOwn(map, name) ? map[name] : undefined) ?? {};
}
