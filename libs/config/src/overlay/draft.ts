import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from '../configuration.js';
import { makeKey } from '../process/sync-tenants.js';
import type { PlainMap } from '../schema/navigate.js';
import { COLLECTION_NAMES, collectionOf, type CollectionName } from './collections.js';
import { showEntry, type ShownEntry } from './entry-view.js';
import { layDocument, layEntry, type OverlayEntry } from './lay-overlay.js';
import type { StoredOverlay } from './overlay-rows.js';
import { readEntry } from './read-entry.js';
import { refuseMovedSecrets } from './moved-secrets.js';
import { refusals } from './refusals.js';
import { MASK, replaceSecrets, withoutSecrets } from './secret-places.js';

/** A change of one entry. */
export interface EntryChange {
  readonly collection: CollectionName;
  readonly name: string;
  /** `create` refuses one that is there; `merge` makes what is not there, and leaves alone what it would not change. */
  readonly kind: 'create' | 'put' | 'patch' | 'merge' | 'delete';
  /** A function makes it of what there is, its secrets left out: undefined where there is nothing. */
  readonly body?: unknown;
  /** Holds where this is true of the entry's present `ETag`, undefined where there is no entry. */
  readonly precondition?: ((etag: string | undefined) => boolean) | undefined;
}

/** An entry's change as it is worked out. */
export interface Step {
  readonly change: EntryChange;
  readonly before: ShownEntry | undefined;
  /** Undefined: the overlay's entry goes. */
  readonly after: OverlayEntry | undefined;
  readonly madeKey?: string;
}

type Bodies = Map<CollectionName, Map<string, PlainMap>>;

/** The entries of a document, by collection and name. */
export function bodiesOf(document: PlainMap): Bodies {
  return new Map(
    COLLECTION_NAMES.map((collection) => [collection, new Map(collectionOf(collection).entries(document))]),
  );
}

/** An overlay while changes are made to it, each upon the ones before. */
export class Draft {
  readonly steps: Step[] = [];
  readonly #entries: Map<string, OverlayEntry>;
  readonly #bodies: Bodies;
  readonly #inFile: Bodies;

  constructor(
    private readonly file: Configuration,
    private readonly stored: StoredOverlay,
  ) {
    this.#entries = new Map(stored.entries.map((entry) => [placeOf(entry), entry]));
    this.#inFile = bodiesOf(file.document);
    this.#bodies = bodiesOf(layDocument(file.document, stored.entries));
  }

  get entries(): readonly OverlayEntry[] {
    return [...this.#entries.values()];
  }

  /** @throws GatewayError for what cannot be done to this entry: 404, 409, 412 or 422 */
  apply(change: EntryChange): void {
    const { collection, name, kind } = change;
    const { noun } = collectionOf(collection);
    const laid = this.#entries.get(placeOf(change));
    const body = this.#bodies.get(collection)?.get(name);
    const before = body && showEntry(collection, name, body, laid?.version);
    if (change.precondition?.(before?.etag) === false) throw refusals.changedMeanwhile(noun, name);
    if (kind === 'create' && before) throw refusals.exists(noun, name);
    if ((kind === 'patch' || kind === 'delete') && !before && !laid) throw refusals.notFound(noun, name);
    if (kind === 'delete' && !laid) throw refusals.onlyInFile(noun, name, this.file.source);
    const step = kind === 'delete' ? { change, before, after: undefined } : this.#write(change, before, body, laid);
    if (step) this.#take(step);
  }

  /** @returns undefined where there is nothing to change */
  #write(
    change: EntryChange,
    before: ShownEntry | undefined,
    body: PlainMap | undefined,
    laid: OverlayEntry | undefined,
  ): Step | undefined {
    const { collection, name, kind } = change;
    const over = kind === 'patch' || kind === 'merge' ? maskEntry(collection, body ?? {}, laid) : undefined;
    const given = readEntry(collection, name, bodyOf(change, body), over);
    const isSame = kind === 'merge' && body !== undefined && given.secrets.size === 0;
    if (isSame && isDeepStrictEqual(given.body, withoutSecrets(collection, body))) return undefined;
    if (body) refuseMovedSecrets(change, { body, laid, given });
    // What cannot be read stays where it is only as long as nothing takes its place.
    const stays = (path: string): boolean => given.places.has(path) && !given.secrets.has(path);
    const secrets = new Map([...(laid?.secrets ?? [])].filter(([path]) => stays(path)));
    for (const [path, text] of given.secrets) if (text !== null) secrets.set(path, text);
    const madeKey = collection === 'keys' && !before && !secrets.has('key') ? makeKey() : undefined;
    if (madeKey !== undefined) secrets.set('key', madeKey);
    const unreadable = (laid?.unreadable ?? []).filter(stays);
    const version = (this.stored.versions.get(placeOf(change)) ?? 0) + 1;
    const after = { collection, name, body: given.body, secrets, unreadable, version };
    return { change, before, after, ...(madeKey === undefined ? {} : { madeKey }) };
  }

  #take(step: Step): void {
    const { change, after } = step;
    this.steps.push(step);
    if (after) this.#entries.set(placeOf(change), after);
    else this.#entries.delete(placeOf(change));
    const { collection, name } = change;
    const inFile = this.#inFile.get(collection)?.get(name);
    const now = after ? layEntry(collection, after, inFile).body : inFile;
    if (now) this.#bodies.get(collection)?.set(name, now);
    else this.#bodies.get(collection)?.delete(name);
  }
}

function bodyOf({ collection, body: given }: EntryChange, present: PlainMap | undefined): unknown {
  if (typeof given !== 'function') return given;
  const make: (present: PlainMap | undefined) => unknown = (shown) => Reflect.apply(given, undefined, [shown]);
  return make(present && withoutSecrets(collection, present));
}

/** An entry with a mask for each secret that is known. */
function maskEntry(collection: CollectionName, body: PlainMap, laid: OverlayEntry | undefined): PlainMap {
  return replaceSecrets(collection, body, ({ path, value }) => {
    return value !== undefined || laid?.secrets.has(path) === true ? MASK : undefined;
  });
}

function placeOf({ collection, name }: Pick<OverlayEntry, 'collection' | 'name'>): string {
  return `${collection}/${name}`;
}
