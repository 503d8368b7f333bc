import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from '../configuration.js';
import { makeKey } from '../process/sync-tenants.js';
import type { PlainMap } from '../schema/navigate.js';
import { COLLECTION_NAMES, COLLECTIONS, type CollectionName } from './collections.js';
import { shownFields, showEntry, type ShownEntry } from './entry-view.js';
import { layDocument, type OverlayEntry } from './lay-overlay.js';
import type { StoredOverlay } from './overlay-rows.js';
import { readEntry } from './read-entry.js';
import { refusals } from './refusals.js';

/** A change of one entry. */
export interface EntryChange {
  readonly collection: CollectionName;
  readonly name: string;
  /** `create` refuses one that is there; `merge` makes what is not there, and leaves alone what it would not change. */
  readonly kind: 'create' | 'put' | 'patch' | 'merge' | 'delete';
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
    COLLECTION_NAMES.map((collection) => [collection, new Map(COLLECTIONS[collection].entries(document))]),
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
    const { noun } = COLLECTIONS[collection];
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
    const over = kind === 'patch' || kind === 'merge' ? shownFields(collection, body ?? {}) : undefined;
    const given = readEntry(collection, name, change.body, over);
    if (kind === 'merge' && body && given.secrets.size === 0 && isDeepStrictEqual(given.body, over)) return undefined;
    const secrets = new Map(laid?.secrets);
    for (const [field, text] of given.secrets) {
      if (text === null) secrets.delete(field);
      else secrets.set(field, text);
    }
    const madeKey = collection === 'keys' && !before && !secrets.has('key') ? makeKey() : undefined;
    if (madeKey !== undefined) secrets.set('key', madeKey);
    // What cannot be read stays where it is only as long as nothing takes its place.
    const unreadable = (laid?.unreadable ?? []).filter((field) => !given.secrets.has(field));
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
    const now = after?.body ?? this.#inFile.get(collection)?.get(name);
    if (now) this.#bodies.get(collection)?.set(name, now);
    else this.#bodies.get(collection)?.delete(name);
  }
}

function placeOf({ collection, name }: Pick<OverlayEntry, 'collection' | 'name'>): string {
  return `${collection}/${name}`;
}
