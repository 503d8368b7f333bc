import { adminKeyState, unusableAdminKey, type RootSecrets } from '@switchyard/config/launch';
import { openDatabase } from '@switchyard/database';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MARK = 'admin-key-made';

interface AdminKeySettings {
  readonly databaseUrl: string;
  readonly dataDirectory: string;
  /** Whether the database is this installation's own, so that nobody else can have been given a key of it. */
  readonly embedded: boolean;
  readonly secrets: RootSecrets;
  /** Whether the file has a key of scope `admin`, which the API brings into the database. */
  readonly fileHasOne: boolean;
}

/**
 * Makes the first admin key: `sk-` and 32 random bytes. The API keeps a hash of it; nothing here keeps the key.
 * @returns undefined when one was made and shown before, or a database of the operator's own has one
 * @throws StartError where there are only such as were hashed under another secret
 */
export async function makeFirstAdminKey(settings: AdminKeySettings): Promise<string | undefined> {
  const { databaseUrl, dataDirectory, embedded, secrets, fileHasOne } = settings;
  const state = await stateOf(databaseUrl, secrets);
  // In a database of our own without the mark, a start ended after the key was stored and before it was shown.
  const lost = embedded && !existsSync(join(dataDirectory, MARK));
  if (state === 'none' || lost) return `sk-${randomBytes(32).toString('base64url')}`;
  if (state === 'usable' || fileHasOne) return undefined;
  throw unusableAdminKey(await oldSecretPath(join(dataDirectory, 'secret'), secrets.secret));
}

async function oldSecretPath(path: string, secret: string): Promise<string | undefined> {
  const kept = await readFile(path, 'utf8').catch(() => secret);
  return kept.trim() === secret ? undefined : path;
}

/** Remembers that the operator has an admin key: shown to them, or given by them. */
export async function markAdminKeyKnown(dataDirectory: string): Promise<void> {
  await mkdir(dataDirectory, { recursive: true });
  await writeFile(
    join(dataDirectory, MARK),
    'The operator was shown an admin key once, or gave one; only its hash is kept.\n',
  );
}

async function stateOf(url: string, secrets: RootSecrets): ReturnType<typeof adminKeyState> {
  const database = openDatabase({ url, applicationName: 'switchyard start', poolSize: 1 });
  try {
    return await adminKeyState(database, secrets);
  } finally {
    await database.close();
  }
}
