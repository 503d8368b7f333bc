import { sql, type Database, type Queryable } from '@switchyard/database';
import type { PlainMap } from '../schema/navigate.js';
import type { OverlayEntry } from './lay-overlay.js';
import type { SecretSeal } from './sealed-secrets.js';

/** Whoever writes the overlay or the tables that decide by it holds this lock until it commits. */
export const LOCK_CONFIGURATION = sql`select pg_advisory_xact_lock(hashtext('switchyard.configuration'))`;

/** A secret that was sealed under the previous root secret. */
interface StaleSecret {
  readonly collection: string;
  readonly name: string;
  readonly field: string;
  readonly text: string;
  readonly sealed: string;
}

/** The overlay as it stands in the database. */
export interface StoredOverlay {
  readonly entries: readonly OverlayEntry[];
  /** By `collection/name`, of entries that were deleted too. */
  readonly versions: ReadonlyMap<string, number>;
  readonly stale: readonly StaleSecret[];
}

interface EntryRow {
  readonly collection: string;
  readonly name: string;
  readonly body: PlainMap;
  readonly secrets: Readonly<Record<string, string | null>>;
  readonly version: number;
  readonly deleted: boolean;
}

/** Reads every entry, in the order of their names. */
export async function readOverlay(database: Queryable, seal: SecretSeal): Promise<StoredOverlay> {
  const rows = await database.query<EntryRow>(sql`
    select collection, name, body, secrets, version, deleted from configuration_entries
     order by collection, name collate "C"`);
  const stale: StaleSecret[] = [];
  const versions = new Map(rows.map(({ collection, name, version }) => [`${collection}/${name}`, version]));
  const present = rows.filter(({ deleted }) => !deleted);
  const entries = present.map(({ collection, name, body, secrets, version }) => {
    const known = new Map<string, string | undefined>();
    const unreadable: string[] = [];
    for (const [field, sealed] of Object.entries(secrets)) {
      if (sealed === null) known.set(field, undefined);
      else {
        const opened = seal.open(sealed, placeOf(collection, name, field));
        if (!opened) unreadable.push(field);
        else known.set(field, opened.text);
        if (opened?.stale === true) stale.push({ collection, name, field, text: opened.text, sealed });
      }
    }
    return { collection, name, body, secrets: known, unreadable, version };
  });
  return { entries, versions, stale };
}

/** Seals anew what stands under the previous root secret; what has been changed meanwhile is left alone. */
export async function sealAnew(database: Database, seal: SecretSeal, stale: readonly StaleSecret[]): Promise<void> {
  for (const { collection, name, field, text, sealed } of stale) {
    const anew = seal.seal(text, placeOf(collection, name, field));
    await database.query(sql`
      update configuration_entries set secrets = secrets || jsonb_build_object(${field}::text, ${anew}::text)
       where collection = ${collection} and name = ${name} and secrets ->> ${field} = ${sealed}`);
  }
}

/** Writes entries in the place of those before. */
export async function writeEntries(
  database: Queryable,
  seal: SecretSeal,
  entries: readonly OverlayEntry[],
  by: string,
): Promise<void> {
  const rows = entries.map(({ collection, name, body, secrets, version }) => {
    const sealed = [...secrets].map(([field, text]): [string, string | null] => {
      return [field, text === undefined ? null : seal.seal(text, placeOf(collection, name, field))];
    });
    return { collection, name, body, secrets: Object.fromEntries(sealed), version };
  });
  await database.query(sql`
    insert into configuration_entries (collection, name, body, secrets, version, deleted, changed_by, changed_at)
    select collection, name, body, secrets, version, false, ${by}, clock_timestamp()
      from json_to_recordset(${JSON.stringify(rows)}::json)
        as wanted (collection text, name text, body jsonb, secrets jsonb, version integer)
    on conflict (collection, name) do update
       set body = excluded.body, secrets = excluded.secrets, version = excluded.version, deleted = false,
           changed_by = excluded.changed_by, changed_at = excluded.changed_at`);
}

/** Takes entries out; their versions stay. */
export async function deleteEntries(
  database: Queryable,
  entries: readonly Pick<OverlayEntry, 'collection' | 'name'>[],
  by: string,
): Promise<void> {
  await database.query(sql`
    update configuration_entries as e
       set deleted = true, body = '{}', secrets = '{}', version = version + 1, changed_by = ${by},
           changed_at = clock_timestamp()
      from json_to_recordset(${JSON.stringify(entries)}::json) as gone (collection text, name text)
     where e.collection = gone.collection and e.name = gone.name`);
}

/** What became of an entry, secrets masked. */
export interface HistoryLine {
  readonly collection: string;
  readonly name: string;
  readonly before: PlainMap | undefined;
  readonly after: PlainMap | undefined;
}

/** Appends to the history. */
export async function recordChanges(
  database: Queryable,
  lines: readonly HistoryLine[],
  { by, requestId, revision }: { readonly by: string; readonly requestId: string; readonly revision: bigint },
): Promise<void> {
  await database.query(sql`
    insert into configuration_changes (at, revision, collection, name, before, after, changed_by, request_id)
    select clock_timestamp(), ${revision}, collection, name, before, after, ${by}, ${requestId}
      from json_to_recordset(${JSON.stringify(lines)}::json)
        as line (collection text, name text, before jsonb, after jsonb)`);
}

export async function readRevision(database: Queryable): Promise<bigint> {
  const [row] = await database.query<{ revision: bigint }>(sql`select revision from configuration_revision`);
  return row?.revision ?? 0n;
}

/** Tells every process that there is something to read. @returns the revision from here on */
export async function raiseRevision(database: Queryable): Promise<bigint> {
  const [row] = await database.query<{ revision: bigint }>(
    sql`update configuration_revision set revision = revision + 1 returning revision`,
  );
  return row?.revision ?? 0n;
}

function placeOf(collection: string, name: string, field: string): string {
  return JSON.stringify([collection, name, field]);
}
