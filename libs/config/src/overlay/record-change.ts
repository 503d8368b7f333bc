import type { Queryable } from '@switchyard/database';
import type { PlainMap } from '../schema/navigate.js';
import type { Author } from './change-entries.js';
import { readRevision, recordChanges } from './overlay-rows.js';

/** What was changed by hand and is no entry of the configuration, such as a pause of lanes. */
interface OtherChange {
  readonly collection: string;
  readonly name: string;
  /** Null: there was, or is, none. */
  readonly before: PlainMap | null;
  readonly after: PlainMap | null;
}

/** Appends it to the history, in the transaction that makes the change. */
export async function recordChange(
  transaction: Queryable,
  { before, after, ...what }: OtherChange,
  author: Author,
): Promise<void> {
  const line = { ...what, before: before ?? undefined, after: after ?? undefined };
  await recordChanges(transaction, [line], { ...author, revision: await readRevision(transaction) });
}
