import type { Logger } from '@switchyard/telemetry';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mayWrite, type Account } from './account.js';
import { codeOf, EmbeddedPostgresError, unlessMissing, withFaultsOf } from './faults.js';
import { isServerOf, recordedServer } from './process-identity.js';

/** Where the parts of an embedded database lie, and as whom it runs. */
export interface DataPlace {
  /** What Postgres calls its data directory; not there before the first start. */
  readonly cluster: string;
  /** A folder beside it that the account may enter. */
  readonly home: string;
  /** Where a copy of the binaries goes, if one is needed. */
  readonly shelf: string;
  readonly account: Account | undefined;
}

/** Folders, most lasting first, for root's data where the server's account cannot go to DATA_DIR. */
const SHELVES = ['/var/lib/switchyard', '/var/tmp/switchyard', '/tmp/switchyard'];
/** For a DATA_DIR that is itself not meant to last. */
const TEMPORARY_SHELF = '/tmp/switchyard';
const LOCATION_FILE = 'location.json';
const ORIGIN_FILE = 'origin';

/**
 * Decides where the data lies: in `folder`; or, where root starts the server and its account cannot enter `folder`
 * (a clone in root's home), under `/var/lib/switchyard`, which `folder` then records.
 * @param folder Exists and belongs to this process.
 */
export async function findDataPlace(
  folder: string,
  account: Account | undefined,
  logger: Pick<Logger, 'info' | 'warn'>,
): Promise<DataPlace> {
  const recorded = await readLocation(folder);
  if (recorded !== undefined) return await at(recorded, account, join(recorded, '..'));
  const here = await at(folder, account, folder);
  if (!account || (await unlessMissing(lstat(here.cluster)))) return here;
  if (await mayLieIn(folder, account)) return here;

  const home = await makeHomeElsewhere(await realpath(folder), account, logger);
  await writeFile(join(folder, LOCATION_FILE), JSON.stringify({ home }), { mode: 0o644 });
  logger.info({}, `The database's account cannot enter ${folder}; its data is kept in ${home}.`);
  return await at(home, account, join(home, '..'));
}

async function readLocation(folder: string): Promise<string | undefined> {
  const path = join(folder, LOCATION_FILE);
  const text = await unlessMissing(readFile(path, 'utf8'));
  if (text === undefined) return undefined;
  const home = homeOf(text);
  if (home !== undefined && (await unlessMissing(stat(home)))) return home;
  throw new EmbeddedPostgresError(
    `The database of ${folder} was kept in ${home ?? 'an unreadable place'}, which is gone. Delete ${path} to begin anew.`,
  );
}

function homeOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'home' in value && typeof value.home === 'string'
      ? value.home
      : undefined;
  } catch {
    return undefined;
  }
}

/** A cluster that is there belongs to whoever made it, and only that user's server may run on it. */
async function at(home: string, account: Account | undefined, shelf: string): Promise<DataPlace> {
  const cluster = join(home, 'cluster');
  const found = await withFaultsOf(cluster, async () => await unlessMissing(stat(cluster)));
  const self = process.getuid?.();
  if (!found || self === undefined || found.uid === self) return { cluster, home, shelf, account };
  if (account) return { cluster, home, shelf, account: { uid: found.uid, gid: found.gid } };
  throw new EmbeddedPostgresError(
    `The database in ${cluster} was made by another user (number ${found.uid}). Start as that user or as root, or set another DATA_DIR.`,
  );
}

async function mayLieIn(folder: string, account: Account): Promise<boolean> {
  const trial = join(folder, '.trial');
  await withFaultsOf(folder, async () => {
    await mkdir(trial, { recursive: true, mode: 0o700 });
    await chown(trial, account.uid, account.gid);
  });
  const possible = await mayWrite(account, trial);
  await rm(trial, { recursive: true, force: true });
  return possible;
}

async function makeHomeElsewhere(
  folder: string,
  account: Account,
  logger: Pick<Logger, 'info' | 'warn'>,
): Promise<string> {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const passing = isTemporary(folder);
  for (const shelf of passing ? [TEMPORARY_SHELF, ...SHELVES] : SHELVES) {
    if (!(await prepareShelf(shelf))) continue;
    if (passing) await clearTemporaryShelf();
    const home = join(shelf, name);
    if (await unlessMissing(lstat(home))) {
      // DATA_DIR was deleted, and its secret with it: what lies here is no longer readable as it was.
      const aside = `${home}.${Date.now()}`;
      await rename(home, aside);
      logger.warn({}, `An earlier database of ${folder} was put aside as ${aside}; delete it when it is not needed.`);
    }
    await mkdir(home, { mode: 0o755 });
    await chmod(home, 0o755);
    await writeFile(join(home, ORIGIN_FILE), `${folder}\n`);
    if (await mayLieIn(home, account)) return home;
    await rm(home, { recursive: true, force: true });
  }
  throw new EmbeddedPostgresError(
    `The server's account (number ${account.uid}) can enter neither ${folder} nor ${SHELVES.join(', ')}. Set another DATA_DIR, or DATABASE_URL.`,
  );
}

/** @returns false where no such folder can be had, or where in a folder that is open to all another user has made it. */
async function prepareShelf(shelf: string): Promise<boolean> {
  try {
    await mkdir(shelf, { mode: 0o755 });
    await chmod(shelf, 0o755);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') return false;
    const found = await lstat(shelf);
    return found.isDirectory() && found.uid === 0;
  }
}

function isTemporary(folder: string): boolean {
  return folder.startsWith(`${dirname(TEMPORARY_SHELF)}/`);
}

/** Deletes what was kept for folders that are gone; of one that is not temporary that could be an unmounted disk. */
async function clearTemporaryShelf(): Promise<void> {
  for (const name of await readdir(TEMPORARY_SHELF)) {
    const home = join(TEMPORARY_SHELF, name);
    const origin = (await readFile(join(home, ORIGIN_FILE), 'utf8').catch(() => '')).trim();
    if (!isTemporary(origin) || existsSync(origin)) continue;
    const pid = await recordedServer(join(home, 'cluster'));
    if (pid === undefined || !(await isServerOf(pid, join(home, 'cluster')))) await rm(home, { recursive: true });
  }
}
