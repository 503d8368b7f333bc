import { randomBytes } from 'node:crypto';
import type { Database } from '@switchyard/database';
import type { Configuration } from '../configuration.js';
import { layOverlay } from '../overlay/lay-overlay.js';
import { LOCK_CONFIGURATION, raiseRevision, readOverlay } from '../overlay/overlay-rows.js';
import { openSeal } from '../overlay/sealed-secrets.js';
import { adminKeyState, unusableAdminKey, type RootSecrets } from './admin-key-state.js';
import { StartError } from './start-error.js';
import { TwinKeysError, writeAdminKey, writeTables } from './write-tables.js';

/**
 * Brings the tenants, keys and budgets of the file, with the overlay over them, and of the environment into the tables
 * that decide by them. Where nobody has a key of scope `admin`, one is made.
 * @returns that key, to be shown this once: only its hash is kept
 * @throws StartError for a key that is given twice, and where all admin keys were hashed under another secret;
 * OverlayError for an overlay that does not fit the file
 */
export async function syncTenants(
  database: Database,
  file: Configuration,
  secrets: RootSecrets & { readonly adminKey?: string | undefined },
): Promise<string | undefined> {
  return await database.transaction(async (transaction) => {
    await transaction.query(LOCK_CONFIGURATION);
    const { entries } = await readOverlay(transaction, openSeal(secrets));
    const { adminKey } = secrets;
    await writeTables(transaction, layOverlay(file, entries), secrets, { adminKey }).catch((error: unknown) => {
      throw error instanceof TwinKeysError ? new StartError(error.message, { cause: error }) : error;
    });
    await raiseRevision(transaction);
    const state = await adminKeyState(transaction, secrets);
    if (state === 'usable') return undefined;
    if (state === 'unusable') throw unusableAdminKey();
    const made = makeKey();
    await writeAdminKey(transaction, made, secrets);
    return made;
  });
}

/** A new key: a public prefix and 256 random bits. */
export function makeKey(): string {
  return `sk-${randomBytes(32).toString('base64url')}`;
}
