import type { FaultList } from '../faults/fault-list.js';
import type { Path } from '../faults/path.js';
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
  /** The section of the file that it stands in, and how. */
  readonly section: string;
  readonly form: 'list' | 'map';
  /** The field that names an entry. */
  readonly key: 'name' | 'id';
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
  /** The same for readers, where a field more stands in each entry. Default: `lay`. */
  readonly show?: Collection['lay'];
  /** The field that is at fault where an entry of a map is as a whole. Default: its name. */
  readonly own?: string;
  /** What the fields of an entry are under. Default: nothing. */
  readonly prefix?: string;
  /** A body in another form than that of a map. */
  readonly read?: (given: Plain) => Plain;
  /** Where the secrets of an entry are sent: one that is kept is never sent elsewhere. Absent: nowhere. */
  readonly destination?: (name: string, body: PlainMap) => Plain;
}

type Kind = Pick<Collection, 'noun' | 'section'> & Partial<Collection>;

/** A list of the file whose entries say their names. @param schema Of one of them. */
export function listCollection(
  { key = 'name', section, ...kind }: Kind,
  schema: Schema | undefined,
  arrange: (entries: readonly PlainMap[]) => readonly PlainMap[] = (entries) => entries,
): Collection {
  const nameOf = (entry: PlainMap): string => textOf(entry[key]);
  return {
    ...{ form: 'list', key, section, schema: schema ?? closedMap({}), hashed: [] },
    entries: (document) => new Map(listOf(document[section]).map((entry) => [nameOf(entry), without(entry, key)])),
    placeOf: (document, name) => {
      const list = document[section];
      const index = isPlainList(list) ? list.findIndex((entry) => isPlainMap(entry) && entry[key] === name) : -1;
      return [section, index];
    },
    lay: (document, entries) => {
      const left = new Map([...entries].map(([name, { body }]) => [name, { ...body, [key]: name }]));
      const inPlace = listOf(document[section]).map((entry) => take(left, nameOf(entry)) ?? entry);
      return { ...document, [section]: arrange([...inPlace, ...left.values()]) };
    },
    ...kind,
  };
}

/** A map of the file by name. @param schema Of the maps in it. */
export function mapCollection({ section, ...kind }: Kind, schema: Schema | boolean | undefined): Collection {
  const { properties = {}, required = [] } = typeof schema === 'object' ? schema : {};
  return {
    ...{ form: 'map', key: 'name', section, schema: closedMap({ name: TEXT, ...properties }, required), hashed: [] },
    entries: (document) =>
      new Map(Object.entries(mapOf(document[section])).map(([name, entry]) => [name, mapOf(entry)])),
    placeOf: (_, name) => [section, name],
    lay: (document, entries) => {
      const laid = [...entries].map(([name, { body }]) => [name, body] as const);
      return { ...document, [section]: { ...mapOf(document[section]), ...Object.fromEntries(laid) } };
    },
    ...kind,
  };
}

export function mapOf(value: Plain | undefined): PlainMap {
  return isPlainMap(value) ? value : {};
}

export function listOf(value: Plain | undefined): readonly PlainMap[] {
  return isPlainList(value) ? value.filter(isPlainMap) : [];
}

export function textOf(value: Plain | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function only(map: PlainMap, fields: readonly string[]): PlainMap {
  return Object.fromEntries(Object.entries(map).filter(([field]) => fields.includes(field)));
}

export function without<Value>(
  map: Readonly<Record<string, Value>> = {},
  field: string,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(map).filter(([each]) => each !== field));
}

function take(map: Map<string, PlainMap>, name: string): PlainMap | undefined {
  const found = map.get(name);
  map.delete(name);
  return found;
}
