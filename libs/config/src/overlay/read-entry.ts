import { GatewayError } from '@switchyard/contract';
import { isPlainMap, type Plain, type PlainMap } from '../schema/navigate.js';
import { settleEntry } from '../schema/settle-tree.js';
import { NumberText, type Tree, type TreeMap } from '../yaml/tree.js';
import { collectionOf, type CollectionName } from './collections.js';
import { MASK, replaceSecrets } from './secret-places.js';

/** Deeper than any entry; whoever nests further means no configuration. */
const DEEPEST = 32;
/** A number of so many digits is read as it was written; of a longer one the parser may have changed the last. */
const EXACT_DIGITS = 15;
/** What is to become of an entry. */
export interface GivenEntry {
  /** Without name and secrets; not yet held against the schema. */
  readonly body: PlainMap;
  /** Secrets that were given, by their places; null: to be taken out. What is not in it stays as it is. */
  readonly secrets: ReadonlyMap<string, string | null>;
  /** Where the entry can have secrets at all. */
  readonly places: ReadonlySet<string>;
}

/**
 * Reads the body of a request as the file would say it.
 * @param over What the body is merged into (JSON merge patch, RFC 7396), its secrets masked; absent: it replaces what
 * there is.
 * @throws GatewayError (422) for what is no entry of this name
 */
export function readEntry(collection: CollectionName, name: string, given: unknown, over?: PlainMap): GivenEntry {
  const { key, schema, read = (as: Plain) => as } = collectionOf(collection);
  const plain = read(toPlain(given, 0));
  if (!isPlainMap(plain)) throw refuse('The body must be a JSON object with the fields of the entry.');
  const { [key]: repeated, source: _shown, ...said } = plain;
  if (repeated !== undefined && repeated !== name) {
    throw refuse(`\`${key}\` must be "${name}", as the path says, or be left out.`, key);
  }
  const merged = over === undefined ? said : mergePatch(over, said);
  const masked = new Set(over && maskedIn(collection, over));
  const secrets = new Map<string, string | null>();
  const places = new Set<string>();
  const rest = replaceSecrets(collection, merged, ({ path, value, isNamed }) => {
    places.add(path);
    if (value === MASK) return isNamed ? MASK : undefined;
    if (value === null || (value === undefined && masked.has(path) && !isInList(path))) secrets.set(path, null);
    else if (typeof value === 'string') secrets.set(path, value);
    else if (value !== undefined) throw refuse(`\`${path}\` must be text.`, path);
    return isNamed && typeof value === 'string' ? MASK : undefined;
  });
  return { body: settleEntry(toTree(rest), schema), secrets, places };
}

/** A list is replaced as a whole, whose entries need not repeat their secrets. */
function isInList(path: string): boolean {
  return path.includes('[');
}

function maskedIn(collection: CollectionName, body: PlainMap): readonly string[] {
  const found: string[] = [];
  replaceSecrets(collection, body, ({ path, value }) => {
    if (value === MASK) found.push(path);
    return value;
  });
  return found;
}

function mergePatch(target: Plain | undefined, patch: PlainMap): PlainMap {
  const merged = new Map(Object.entries(isPlainMap(target) ? target : {}));
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) merged.delete(field);
    else merged.set(field, isPlainMap(value) ? mergePatch(merged.get(field), value) : value);
  }
  return Object.fromEntries(merged);
}

/** What came out of a JSON parser, known to be no deeper than an entry is. */
function toPlain(value: unknown, depth: number): Plain {
  if (depth > DEEPEST) throw refuse('The body is nested too deeply for an entry of the configuration.');
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) return value.map((item: unknown) => toPlain(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([field, each]) => [field, toPlain(each, depth + 1)]));
}

function toTree(map: PlainMap): TreeMap {
  return new Map(Object.entries(map).map(([field, value]) => [field, treeOf(value)]));
}

function treeOf(value: Plain): Tree {
  if (typeof value === 'number') return numberOf(value);
  if (typeof value !== 'object' || value === null) return value;
  return isPlainMap(value) ? toTree(value) : value.map(treeOf);
}

/** A number too long to be sure of is handed on as one that no amount is written with, so that text is asked for. */
function numberOf(value: number): NumberText {
  const text = String(value);
  const digits = text.replace(/e.*$/, '').replace(/\D/g, '').replace(/^0+/, '');
  return new NumberText(value, digits.length > EXACT_DIGITS ? `${text} (inexact)` : text);
}

function refuse(message: string, param?: string): GatewayError {
  return new GatewayError('invalid_request_error', message, param === undefined ? {} : { param });
}
