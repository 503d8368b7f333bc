import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openDatabase, type Database } from './database.js';
import { TEST_SETTINGS } from './embedded/server-settings.js';
import { startEmbeddedPostgres } from './embedded.js';
import { migrateDatabase } from './migrate.js';
import { findMigrations, readMigrations } from './read-migrations.js';

export interface TestPostgres {
  /** Of a superuser, who may create databases. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface TestDatabase {
  readonly url: string;
  readonly database: Database;
  /** Closes `database` and deletes what it held. */
  drop(): Promise<void>;
}

/** Where a server that all test files share is told to them; Jest's global setup sets it. */
const SHARED_SERVER = 'SWITCHYARD_TEST_POSTGRES';
const TEMPLATE_LOCK = 8_315_202_611;

/** Starts a Postgres that lives as long as this process at most, fast and not durable, in a folder of its own. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const root = process.getuid?.() === 0;
  const folder = await mkdtemp(join(root ? '/tmp' : tmpdir(), 'switchyard-test-'));
  if (root) await chmod(folder, 0o755);
  const server = await startEmbeddedPostgres({
    dataDirectory: folder,
    settings: TEST_SETTINGS,
    logger: { info: () => undefined, warn: () => undefined },
  }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const forget = watchOver(server.pid, folder);
  return {
    url: server.url,
    async stop() {
      forget();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Makes a database with the current schema for one test file: a copy of one that was migrated once.
 * Without a shared server it starts one, which ends with the last database that is dropped.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = await useServer();
  try {
    const name = `test_${randomBytes(8).toString('hex')}`;
    await withAdmin(server.url, async (admin) => {
      const template = await ensureTemplate(admin, server.url);
      await admin.query(`create database ${pg.escapeIdentifier(name)} template ${pg.escapeIdentifier(template)}`);
    });
    const url = withDatabase(server.url, name);
    const database = openDatabase({ url, applicationName: 'test' });
    return {
      url,
      database,
      async drop() {
        await database.close();
        await withAdmin(server.url, (admin) =>
          admin.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`),
        );
        await server.leave();
      },
    };
  } catch (error) {
    await server.leave();
    throw error;
  }
}

let ownServer: Promise<TestPostgres> | undefined;
let users = 0;

async function useServer(): Promise<{ url: string; leave(): Promise<void> }> {
  const shared = process.env[SHARED_SERVER];
  if (shared) return { url: shared, leave: async () => undefined };
  ownServer ??= startTestPostgres().catch((error: unknown) => {
    ownServer = undefined;
    throw error;
  });
  const starting = ownServer;
  const server = await starting;
  users += 1;
  return {
    url: server.url,
    async leave() {
      users -= 1;
      if (users > 0) return;
      if (ownServer === starting) ownServer = undefined;
      await server.stop();
    },
  };
}

/** The name says what is in it, so that a changed migration makes another one. */
async function ensureTemplate(admin: pg.Client, adminUrl: string): Promise<string> {
  const hash = createHash('sha256');
  for (const { name, checksum } of await readMigrations(findMigrations())) hash.update(name).update(checksum);
  const template = `template_${hash.digest('hex').slice(0, 16)}`;
  const exists = async (): Promise<boolean> =>
    (await admin.query('select 1 from pg_database where datname = $1', [template])).rowCount === 1;
  if (await exists()) return template;

  await admin.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    if (await exists()) return template;
    const draft = `${template}_draft`;
    await admin.query(`drop database if exists ${pg.escapeIdentifier(draft)} with (force)`);
    await admin.query(`create database ${pg.escapeIdentifier(draft)}`);
    await migrateDatabase({ url: withDatabase(adminUrl, draft) });
    await admin.query(`alter database ${pg.escapeIdentifier(draft)} rename to ${pg.escapeIdentifier(template)}`);
    return template;
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

async function withAdmin(url: string, use: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  admin.on('error', () => undefined);
  await admin.connect();
  try {
    await use(admin);
  } finally {
    await admin.end();
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

/**
 * Has the server stopped and its folder deleted when this process ends, however it ends: its end closes the pipe
 * that a shell waits on.
 * @returns what calls that off.
 */
function watchOver(pid: number, folder: string): () => void {
  const script =
    'read -r line; kill -INT "$1"; for i in 1 2 3 4 5 6 7 8; do kill -0 "$1" || break; sleep 1; done; rm -rf "$2"';
  const guard = spawn('/bin/sh', ['-c', script, 'sh', String(pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => undefined);
  guard.unref();
  if (guard.stdin instanceof Socket) guard.stdin.unref();
  return () => guard.kill('SIGKILL');
}
