import { openDatabase, sql } from '@switchyard/database';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MARK = 'admin-key-made';

interface AdminKeySettings {
  readonly databaseUrl: string;
  readonly dataDirectory: string;
  /** Whether the database is this installation's own, so that nobody else can have been given a key of it. */
  readonly embedded: boolean;
}

/**
 * Makes the first admin key: `sk-` and 32 random bytes. The API keeps a hash of it; nothing here keeps the key.
 * @returns undefined when one was made and shown before, or a database of the operator's own has one
 */
export async function makeFirstAdminKey(settings: AdminKeySettings): Promise<string | undefined> {
  const present = await hasAdminKey(settings.databaseUrl);
  // In a database of our own without the mark, a start ended after the key was stored and before it was shown.
  const lost = settings.embedded && !existsSync(join(settings.dataDirectory, MARK));
  return present && !lost ? undefined : `sk-${randomBytes(32).toString('base64url')}`;
}

/** Remembers that the key was shown. */
export async function markAdminKeyMade(dataDirectory: string): Promise<void> {
  await mkdir(dataDirectory, { recursive: true });
  await writeFile(join(dataDirectory, MARK), 'The first admin key was made and printed once; only its hash is kept.\n');
}

async function hasAdminKey(url: string): Promise<boolean> {
  const database = openDatabase({ url, applicationName: 'switchyard start', poolSize: 1 });
  try {
    const rows = await database.query(
      sql`select 1 from keys where revoked_at is null and 'admin' = any(scopes) limit 1`,
    );
    return rows.length > 0;
  } finally {
    await database.close();
  }
}
