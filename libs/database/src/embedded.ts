import { makeFolder } from './embedded/make-folder.js';
import { randomBytes } from 'node:crypto';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@switchyard/telemetry';
import pg from 'pg';
import { serverAccount } from './embedded/account.js';
import { usableBinaries, type Binaries } from './embedded/binaries.js';
import { findDataPlace, type DataPlace } from './embedded/data-place.js';
import { EmbeddedPostgresError, unlessMissing, withFaultsOf } from './embedded/faults.js';
import { freePort } from './embedded/free-port.js';
import { initializeCluster } from './embedded/initialize-cluster.js';
import { takeOwnership } from './embedded/ownership.js';
import { isAlive, isServerOf, recordedServer } from './embedded/process-identity.js';
import {
  foundServer,
  ServerStartError,
  socketFolder,
  startServer,
  stopServer,
  type RunningServer,
} from './embedded/server-process.js';
import { LAPTOP_SETTINGS, type ServerSettings } from './embedded/server-settings.js';

type LauncherLogger = Pick<Logger, 'info' | 'warn'>;

export interface EmbeddedPostgresOptions {
  /** Made at the first start. */
  readonly dataDirectory: string;
  /** Default: a free one. */
  readonly port?: number;
  readonly logger: LauncherLogger;
  /** Default: those for a laptop. */
  readonly settings?: ServerSettings;
  readonly signal?: AbortSignal;
}

export interface EmbeddedPostgres {
  /**
   * Of the database `switchyard`, with its password; a secret. It names the server's socket besides its port, which
   * halves what a query costs its client; whoever does not read `?host=` goes by the port.
   */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the server has ended, whether it was stopped or not. */
  readonly ended: Promise<void>;
  /** @param limitMs How long clients and writing out may take, before the server is ended at once. Default 8,000. */
  stop(limitMs?: number): Promise<void>;
}

const USER = 'switchyard';
const DATABASE = 'switchyard';
const START_TRIES = 20;
const RETRY_MS = 500;

/**
 * Starts the Postgres whose binaries came with npm, on this machine's loopback address only. Data is kept.
 * A server that an earlier process left behind is stopped first.
 * @throws EmbeddedPostgresError whose message is one line, among others when another process runs on the same data.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(options.dataDirectory);
  const account = await serverAccount();
  return await withFaultsOf(folder, async () => {
    await makeOpenFolder(folder, account ? 0o755 : 0o700);
    const owned = [await takeOwnership(folder)];
    const release = async (): Promise<void> => void (await Promise.all(owned.map((ownership) => ownership.release())));
    try {
      const place = await findDataPlace(folder, account, options.logger);
      // A copy of `folder` records the same place.
      if (place.home !== folder) owned.push(await takeOwnership(place.home));
      const binaries = await usableBinaries(place.account, place.shelf);
      const password = await readPassword(folder);
      const settings = options.settings ?? LAPTOP_SETTINGS;
      await stopLeftover(place, options.logger);
      await initializeCluster(place, binaries, { user: USER, password, durable: settings['fsync'] !== 'off' });
      const { server, port } = await launch(place, binaries, { ...options, settings }, join(folder, 'postgres.log'));
      const stop = async (limitMs?: number): Promise<void> => {
        await stopServer(server, limitMs);
        await release();
      };
      const { pid, ended } = server;
      await ensureDatabase(urlOf('postgres', password, port, undefined)).catch(async (error: unknown) => {
        await stop();
        throw error;
      });
      void ended.then(release);
      return { url: urlOf(DATABASE, password, port, socketFolder(place)), port, pid, ended, stop };
    } catch (error) {
      await release();
      throw error;
    }
  });
}

/** @returns the URL of the embedded Postgres that another process runs on this folder; undefined where none does */
export async function findEmbeddedPostgres(dataDirectory: string): Promise<string | undefined> {
  const folder = resolve(dataDirectory);
  const password = await unlessMissing(readFile(join(folder, 'password'), 'utf8'));
  if (password === undefined) return undefined;
  const place = await findDataPlace(folder, await serverAccount(), { info: () => undefined, warn: () => undefined });
  const pid = await recordedServer(place.cluster);
  if (pid === undefined || !(await isServerOf(pid, place.cluster))) return undefined;
  // The fourth line says where it listens.
  const lines = (await unlessMissing(readFile(join(place.cluster, 'postmaster.pid'), 'utf8')))?.split('\n');
  const port = Number(lines?.[3]);
  return port > 0 ? urlOf(DATABASE, password, port, socketFolder(place)) : undefined;
}

/** Root's must be open for another account to pass through; the secret files in it are closed one by one. */
async function makeOpenFolder(folder: string, mode: number): Promise<void> {
  const first = await makeFolder(folder, mode);
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await chmod(made, mode);
}

async function readPassword(folder: string): Promise<string> {
  const path = join(folder, 'password');
  const known = await unlessMissing(readFile(path, 'utf8'));
  if (known !== undefined) return known;
  const password = randomBytes(32).toString('base64url');
  await writeFile(path, password, { mode: 0o600, flag: 'wx' });
  return password;
}

async function stopLeftover({ cluster }: DataPlace, logger: LauncherLogger): Promise<void> {
  const server = await foundServer(cluster);
  if (server) {
    logger.warn({}, `Stopping the Postgres (process ${server.pid}) that an earlier run left behind.`);
    return await stopServer(server);
  }
  const path = join(cluster, 'postmaster.pid');
  const pid = await recordedServer(cluster);
  // A start that was cut off left it empty, and the server would take that for a start that is going on.
  if (pid === undefined) return await rm(path, { force: true });
  if (!isAlive(pid)) return;
  // Its number went to another process since, for which the new server would stand back; not for its own parent. The
  // rest of the file must stay: by it the server sees whether processes of the old one are still at work.
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(/^\d+/, String(process.pid)));
}

async function launch(
  place: DataPlace,
  binaries: Binaries,
  options: EmbeddedPostgresOptions & { readonly settings: ServerSettings },
  logFile: string,
): Promise<{ server: RunningServer; port: number }> {
  for (let tries = 1; ; tries += 1) {
    const port = options.port ?? (await freePort());
    try {
      const { settings, signal } = options;
      return { server: await startServer({ binaries, place, port, settings, logFile, signal }), port };
    } catch (error) {
      if (!(error instanceof ServerStartError)) throw error;
      const portTaken = error.log.includes('Address already in use');
      // Processes of a server that was killed take a moment to notice.
      const passes = error.log.includes('shared memory block') || (portTaken && options.port === undefined);
      if (!passes || tries >= START_TRIES) {
        const reason = portTaken ? `port ${port} is taken` : error.message;
        throw new EmbeddedPostgresError(`The embedded Postgres did not start: ${reason}. Its log is ${logFile}.`);
      }
      await sleep(portTaken ? 0 : RETRY_MS, undefined, options.signal ? { signal: options.signal } : {});
    }
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(DATABASE)}`);
  } finally {
    await client.end();
  }
}

function urlOf(database: string, password: string, port: number, socket: string | undefined): string {
  const url = `postgresql://${USER}:${password}@127.0.0.1:${port}/${database}`;
  return socket === undefined ? url : `${url}?host=${encodeURIComponent(socket)}`;
}

export { makeFolder } from './embedded/make-folder.js';
