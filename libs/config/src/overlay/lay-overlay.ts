import { buildConfiguration } from '../build/build-configuration.js';
import { fillModels } from '../catalogue/fill-models.js';
import { checkDocument } from '../checks/check-document.js';
import type { Configuration } from '../configuration.js';
import { FaultList } from '../faults/fault-list.js';
import { formatPath } from '../faults/path.js';
import type { PlainMap } from '../schema/navigate.js';
import { validateDocument } from '../schema/validate.js';
import type { LaidEntry } from './collection.js';
import { COLLECTION_NAMES, collectionOf, isCollection, type CollectionName } from './collections.js';
import { haveOneDestination, MASK, replaceSecrets, secretsOf, withSecrets } from './secret-places.js';

/** An entry that lies over the file. */
export interface OverlayEntry {
  readonly collection: string;
  readonly name: string;
  /** Without its secrets. */
  readonly body: PlainMap;
  /** Text by field; undefined where nobody keeps it. */
  readonly secrets: ReadonlyMap<string, string | undefined>;
  /** Secrets that were sealed under a root secret that is not known here. */
  readonly unreadable: readonly string[];
  readonly version: number;
}

/** Something that keeps an overlay from being laid over a file. */
export interface OverlayFault {
  /** The entry at fault; absent where it is none of the overlay's. */
  readonly entry?: { readonly collection: string; readonly name: string };
  /** The place in it, or in the whole; empty where it is the entry itself. */
  readonly field: string;
  readonly message: string;
}

/** An overlay that does not fit its file. */
export class OverlayError extends Error {
  override readonly name = 'OverlayError';

  constructor(readonly faults: readonly OverlayFault[]) {
    super(faults.map((fault) => `${describePlace(fault)}: ${fault.message}`).join('\n'));
  }
}

/**
 * Lays entries over the file and holds the whole against the schema and the checks of the file.
 * @throws OverlayError with everything that is wrong
 */
export function layOverlay(file: Configuration, entries: readonly OverlayEntry[]): Configuration {
  if (entries.length === 0) return file;
  const faults = new FaultList();
  const data = layDocument(file.document, entries, faults);
  const whole = fillModels(data);
  const document = validateDocument(whole.data, faults);
  checkDocument(whole.data, faults, hashedKeys(entries));
  const found = [
    ...entries.flatMap(refuseUnusable),
    ...entries.flatMap((entry) => refuseMasked(entry, file)),
    ...attribute(faults, data, entries),
  ];
  if (found.length > 0 || !document) throw new OverlayError(found);
  const overlay = Map.groupBy(entries, ({ collection }) => collection);
  return buildConfiguration({
    document,
    data,
    filled: whole.filled,
    source: file.source,
    overlay: new Map(
      [...overlay].map(([collection, of]) => [collection, new Map(of.map(({ name, version }) => [name, version]))]),
    ),
  });
}

/** The document that entries and file make, whatever it is worth. */
export function layDocument(file: PlainMap, entries: readonly OverlayEntry[], faults?: FaultList): PlainMap {
  let data = file;
  const byCollection = Map.groupBy(entries, ({ collection }) => collection);
  for (const collection of COLLECTION_NAMES) {
    const own = byCollection.get(collection) ?? [];
    if (own.length === 0) continue;
    const { entries: inFile, lay } = collectionOf(collection);
    const below = inFile(file);
    const laid = own.map((entry) => [entry.name, layEntry(collection, entry, below.get(entry.name))] as const);
    data = lay(data, new Map(laid), faults);
  }
  return data;
}

/**
 * An entry with its secrets. Those that it does not have itself stay the file's, as long as they are sent to the same
 * place: else whoever changes an address would get them.
 */
export function layEntry(
  collection: CollectionName,
  { name, body, secrets }: Pick<OverlayEntry, 'name' | 'body' | 'secrets'>,
  inFile: PlainMap | undefined,
): LaidEntry {
  const known = [...secrets].filter((secret): secret is [string, string] => secret[1] !== undefined);
  const hashed = [...secrets].flatMap(([field, text]) => (text === undefined ? [field] : []));
  const whole = withSecrets(collection, body, new Map(known));
  if (!inFile || !haveOneDestination(collection, name, whole, inFile)) return { body: whole, hashed };
  const kept = [...secretsOf(collection, inFile)].filter(([path]) => !hashed.includes(path));
  return { body: withSecrets(collection, whole, new Map(kept)), hashed };
}

function hashedKeys(entries: readonly OverlayEntry[]): ReadonlySet<string> {
  const keys = entries.filter(({ collection, secrets }) => collection === 'keys' && secrets.has('key'));
  return new Set(keys.map(({ name }) => name));
}

/** What no schema sees: a collection of a later version, a secret that cannot be read. */
function refuseUnusable({ collection, name, unreadable }: OverlayEntry): readonly OverlayFault[] {
  const entry = { collection, name };
  if (!isCollection(collection)) return [{ entry, field: '', message: 'this version knows no such collection' }];
  return unreadable.map((field) => ({
    entry,
    field,
    message:
      'was encrypted under another SWITCHYARD_SECRET; give that as SWITCHYARD_SECRET_PREVIOUS, or the entry anew',
  }));
}

/** A mask for a secret that nobody has; only what is sent somewhere has secrets under names of the author's own. */
function refuseMasked(entry: OverlayEntry, file: Configuration): readonly OverlayFault[] {
  const { collection, name, secrets } = entry;
  if (!isCollection(collection) || !collectionOf(collection).destination) return [];
  const found: OverlayFault[] = [];
  const { body } = layEntry(collection, entry, collectionOf(collection).entries(file.document).get(name));
  replaceSecrets(collection, body, ({ path, value }) => {
    const message = `is ${MASK}, which stands for a secret that is known already, and none is; give its value`;
    if (value === MASK && !secrets.has(path)) found.push({ entry: { collection, name }, field: path, message });
    return value;
  });
  return found;
}

/** Finds for each fault of the whole the entry that it is in. */
function attribute(faults: FaultList, data: PlainMap, entries: readonly OverlayEntry[]): readonly OverlayFault[] {
  if (faults.isEmpty) return [];
  const places = entries.flatMap(({ collection, name }) =>
    isCollection(collection) ? [placeOf(collection, name, data)] : [],
  );
  // A tenant's place begins the places of its keys: the longest that fits is meant.
  places.sort((one, other) => other.at.length - one.at.length);
  return faults.list().map(({ path, message }) => {
    const inEntry = (where: string): OverlayFault | undefined => {
      const place = places.find(({ at }) => where === at || where.startsWith(`${at}.`) || where.startsWith(`${at}[`));
      if (!place) return undefined;
      const { collection, name, at, own, prefix } = place;
      const under = where.slice(at.length);
      const field = under === '' ? own : `${prefix}${under}`.replace(/^\./, '');
      return { entry: { collection, name }, field, message };
    };
    const found = inEntry(path);
    if (found) return found;
    // Of two that are the same, the file's may come later and bear the fault; the entry is what was changed.
    const [, other = ''] = SAME_AS.exec(message) ?? [];
    const twin = inEntry(other);
    return twin ? { ...twin, message: message.replace(other, path) } : { field: path, message };
  });
}

const SAME_AS = /^is the same as ([^;\s]+)/;

/** Where an entry stands. `own`: what is at fault there besides its fields; a map knows its entries by their names. */
function placeOf(collection: CollectionName, name: string, data: PlainMap) {
  const { form, own = 'name', prefix = '', placeOf: find } = collectionOf(collection);
  const path = find(data, name);
  return { collection, name, at: formatPath(path), own: form === 'map' ? own : '', prefix };
}

function describePlace({ entry, field }: OverlayFault): string {
  if (!entry) return field;
  return `${entry.collection}/${entry.name}${field === '' ? '' : `, ${field}`}`;
}
