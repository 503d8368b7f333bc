import { isDeepStrictEqual } from 'node:util';
import { CONFIGURATION_SCHEMA } from '../schema/configuration-schema.js';
import { isPlainList, isPlainMap, SchemaNavigator, type Plain, type PlainMap } from '../schema/navigate.js';
import type { Schema } from '../schema/schema.js';
import { collectionOf, type CollectionName } from './collections.js';

/** What stands in the place of a secret that is not shown. */
export const MASK = '***';

/** A place of an entry where a secret stands or may stand. */
export interface SecretPlace {
  /** As words name it, `auth.clientSecret` or `keys[a].apiKey`: entries of lists by their names, since they may move. */
  readonly path: string;
  readonly value: Plain | undefined;
  /** Its key is the author's own, so that it only exists where it stands. */
  readonly isNamed: boolean;
}

/** @returns what is to stand there; undefined: nothing */
type Visit = (place: SecretPlace) => Plain | undefined;

const navigator = new SchemaNavigator(CONFIGURATION_SCHEMA);

/** Writes an entry anew, with what `visit` says in the place of each secret. */
export function replaceSecrets(collection: CollectionName, body: PlainMap, visit: Visit): PlainMap {
  return replaceInMap(body, collectionOf(collection).schema, '', visit);
}

/** The secrets of an entry by their places. */
export function secretsOf(collection: CollectionName, body: PlainMap): ReadonlyMap<string, Plain> {
  const found = new Map<string, Plain>();
  replaceSecrets(collection, body, ({ path, value }) => {
    if (value !== undefined && value !== MASK) found.set(path, value);
    return value;
  });
  return found;
}

/** An entry without its secrets; one of a free name is masked, so that the name stays. */
export function withoutSecrets(collection: CollectionName, body: PlainMap): PlainMap {
  return replaceSecrets(collection, body, ({ isNamed }) => (isNamed ? MASK : undefined));
}

/** Puts secrets where they belong in an entry; what is there stays. */
export function withSecrets(collection: CollectionName, body: PlainMap, secrets: ReadonlyMap<string, Plain>): PlainMap {
  return replaceSecrets(collection, body, ({ path, value }) => {
    return value === undefined || value === MASK ? (secrets.get(path) ?? value) : value;
  });
}

/** Whether the secrets of two entries are sent to the same place. */
export function haveOneDestination(collection: CollectionName, name: string, one: PlainMap, other: PlainMap): boolean {
  const { destination } = collectionOf(collection);
  return !destination || isDeepStrictEqual(destination(name, one), destination(name, other));
}

function replaceInMap(map: PlainMap, schema: Schema | undefined, prefix: string, visit: Visit): PlainMap {
  const form = navigator.formOf(schema, map);
  const known = Object.entries(form?.properties ?? {}).filter(([, { secret }]) => secret === true);
  const places = new Set([...Object.keys(map), ...known.map(([key]) => key)]);
  const written: [string, Plain][] = [];
  for (const key of places) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    const value = Object.hasOwn(map, key) ? map[key] : undefined;
    const under = navigator.ofKey(form, key);
    const isNamed = !known.some(([each]) => each === key);
    const now = under?.secret === true ? visit({ path, value, isNamed }) : replaceIn(value, under, path, visit);
    if (now !== undefined) written.push([key, now]);
  }
  return Object.fromEntries(written);
}

function replaceIn(
  value: Plain | undefined,
  schema: Schema | undefined,
  path: string,
  visit: Visit,
): Plain | undefined {
  if (isPlainMap(value)) return replaceInMap(value, schema, path, visit);
  if (!isPlainList(value)) return value;
  const items = navigator.ofItems(schema);
  return value.map((item, index) => replaceIn(item, items, `${path}[${stepTo(item, index)}]`, visit) ?? null);
}

/** A secret belongs to the address that it stands beside. */
function stepTo(item: Plain, index: number): string {
  const { name, endpoint } = isPlainMap(item) ? item : {};
  if (typeof name !== 'string') return String(index);
  return typeof endpoint === 'string' ? `${name} ${endpoint}` : name;
}
