import { GatewayError } from '@switchyard/contract';
import type { Database } from '@switchyard/database';
import type { Configuration } from '../configuration.js';
import { adminKeyState, type RootSecrets } from '../process/admin-key-state.js';
import { TwinKeysError, writeTables } from '../process/write-tables.js';
import { collectionOf, isCollection } from './collections.js';
import { bodiesOf, Draft, type EntryChange, type Step } from './draft.js';
import { showEntry, type ShownEntry } from './entry-view.js';
import { layOverlay, OverlayError, type OverlayEntry } from './lay-overlay.js';
import {
  deleteEntries,
  LOCK_CONFIGURATION,
  raiseRevision,
  readOverlay,
  recordChanges,
  writeEntries,
  type HistoryLine,
} from './overlay-rows.js';
import { refuseOverlay, refusals } from './refusals.js';
import { openSeal } from './sealed-secrets.js';
import { MASK, replaceSecrets } from './secret-places.js';

/** Who changes something, for the history. */
export interface Author {
  /** The name of a key, or of a command. */
  readonly by: string;
  readonly requestId: string;
}

/** What a change stands on. */
interface ChangeTools {
  readonly database: Database;
  /** The file of this process. */
  readonly file: Configuration;
  readonly secrets: RootSecrets;
}

/** An entry after its change. */
export interface ChangedEntry {
  /** Undefined where it is no more. */
  readonly entry: ShownEntry | undefined;
  readonly created: boolean;
  /** A key that was made: shown now or never. */
  readonly madeKey?: string;
}

/**
 * Changes entries of the overlay, all or none: held against the file's schema and checks as a whole, written with their
 * history and into the tables that decide, in one transaction. Changes wait for each other.
 * @throws GatewayError for what does not fit: 404, 409, 412 or 422
 */
export async function changeEntries(
  { database, file, secrets }: ChangeTools,
  changes: readonly EntryChange[],
  { by, requestId }: Author,
): Promise<readonly ChangedEntry[]> {
  const seal = openSeal(secrets);
  return await database.transaction(async (transaction) => {
    await transaction.query(LOCK_CONFIGURATION);
    const draft = new Draft(file, await readOverlay(transaction, seal));
    for (const change of changes) draft.apply(change);
    const configuration = lay(file, draft.entries, changes);
    const now = entriesOf(configuration);
    const { steps } = draft;
    if (steps.length > 0) {
      await writeTables(transaction, configuration, secrets, { protect: true }).catch(refuseTwins);
      if ((await adminKeyState(transaction, secrets)) !== 'usable') throw refusals.noAdminKeyLeft();
      const written = steps.flatMap(({ after }) => (after ? [withoutHashed(after)] : []));
      // Of an entry that was changed twice the last one stays.
      const last = new Map(written.map((entry) => [`${entry.collection}/${entry.name}`, entry]));
      await writeEntries(transaction, seal, [...last.values()], by);
      await deleteEntries(
        transaction,
        steps.filter(({ after }) => !after).map(({ change }) => change),
        by,
      );
      const revision = await raiseRevision(transaction);
      await recordChanges(
        transaction,
        steps.map((step) => historyOf(step, now(step.change))),
        { by, requestId, revision },
      );
    }
    const stepOf = new Map(steps.map((step) => [step.change, step]));
    return changes.map((change) => {
      const step = stepOf.get(change);
      const madeKey = step?.madeKey;
      const created = step !== undefined && !step.before;
      return { entry: now(change), created, ...(madeKey === undefined ? {} : { madeKey }) };
    });
  });
}

function lay(file: Configuration, entries: readonly OverlayEntry[], changes: readonly EntryChange[]): Configuration {
  try {
    return layOverlay(file, entries);
  } catch (error) {
    throw error instanceof OverlayError ? refuseOverlay(error, changes) : error;
  }
}

function entriesOf({ document, overlay }: Configuration): (change: EntryChange) => ShownEntry | undefined {
  const bodies = bodiesOf(document);
  return ({ collection, name }) => {
    const body = bodies.get(collection)?.get(name);
    return body && showEntry(collection, name, body, overlay.get(collection)?.get(name));
  };
}

function refuseTwins(error: unknown): never {
  if (!(error instanceof TwinKeysError)) throw error;
  const message =
    error.what === 'name'
      ? `\`name\` must not be ${error.key}, which is kept for the environment's key; choose another.`
      : `\`key\` of ${error.key} is the same as that of ${error.twin}; each key must be its own.`;
  throw new GatewayError('invalid_request_error', message, { param: error.what === 'name' ? 'name' : 'key' });
}

function withoutHashed(entry: OverlayEntry): OverlayEntry {
  const hashed = isCollection(entry.collection) ? collectionOf(entry.collection).hashed : [];
  return {
    ...entry,
    secrets: new Map([...entry.secrets].map(([field, text]) => [field, hashed.includes(field) ? undefined : text])),
  };
}

/** Of an entry of its own secrets are told, not what they are. */
function historyOf({ change, before, after }: Step, now: ShownEntry | undefined): HistoryLine {
  const { collection, name } = change;
  const masked =
    now &&
    replaceSecrets(collection, now.view, ({ path, value }) => {
      return after?.secrets.has(path) === true ? MASK : value;
    });
  return { collection, name, before: before?.view, after: masked };
}
