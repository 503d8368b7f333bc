import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { isUnavailable } from './database-errors.js';
import { findMigrations, readMigrations, type Migration } from './read-migrations.js';

export interface MigrationSettings {
  readonly url: string;
  /** Default: `prisma/migrations` of this repository. */
  readonly directory?: string;
  /** How long to wait for the database to answer, and then for another process that migrates. Default 30,000 each. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/** The schema cannot be brought to what this code needs; the message says why and what to do. */
class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

interface AppliedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished: boolean;
}

/** The lock that Prisma's own `migrate` takes. */
const LOCK = 72707369;
const POLL_MS = 100;

/** The table as Prisma makes it, so that its own tools read what was applied here. */
const CREATE_TABLE = `create table if not exists _prisma_migrations (
  id varchar(36) primary key not null,
  checksum varchar(64) not null,
  finished_at timestamptz,
  migration_name varchar(255) not null,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz not null default now(),
  applied_steps_count integer not null default 0
)`;

/**
 * Brings the schema up to date; many processes may call it at once.
 * Each step runs in a transaction. One whose first line is `-- no transaction` holds a single statement that cannot.
 * @returns the names of the steps that were applied now.
 * @throws MigrationError when the database is out of reach, was changed by other code, or a step fails.
 */
export async function migrateDatabase(settings: MigrationSettings): Promise<string[]> {
  const migrations = await readMigrations(settings.directory ?? findMigrations());
  const client = await connect(settings);
  try {
    if (pending(migrations, await readApplied(client)).length === 0) return [];
    await lock(client, settings);
    await client.query(CREATE_TABLE);
    const missing = pending(migrations, await readApplied(client));
    for (const migration of missing) {
      settings.signal?.throwIfAborted();
      await apply(client, migration);
    }
    return missing.map((migration) => migration.name);
  } finally {
    // Ends the session, and the lock with it.
    await client.end().catch(() => undefined);
  }
}

async function connect({ url, waitMs = 30_000, signal }: MigrationSettings): Promise<pg.Client> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    signal?.throwIfAborted();
    const client = new pg.Client({
      connectionString: url,
      application_name: 'switchyard-migrate',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (!isUnavailable(error))
        throw new MigrationError(`The database refused: ${messageOf(error)}`, { cause: error });
      if (Date.now() >= deadline) {
        const seconds = Math.round(waitMs / 1000);
        const text = `The database did not answer within ${seconds} s (${messageOf(error)}). Check DATABASE_URL.`;
        throw new MigrationError(text, { cause: error });
      }
    }
    await sleep(POLL_MS, undefined, signal ? { signal } : {});
  }
}

/** Asks again and again: a session that waits for the lock inside a statement would stall an index built beside it. */
async function lock(client: pg.Client, { waitMs = 30_000, signal }: MigrationSettings): Promise<void> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [LOCK]);
    if (rows[0]?.locked === true) return;
    if (Date.now() >= deadline)
      throw new MigrationError('Another process has been migrating this database for too long.');
    await sleep(POLL_MS, undefined, signal ? { signal } : {});
  }
}

async function readApplied(client: pg.Client): Promise<AppliedMigration[]> {
  const { rows: tables } = await client.query<{ present: boolean }>(
    `select to_regclass('_prisma_migrations') is not null as present`,
  );
  if (tables[0]?.present !== true) return [];
  const { rows } = await client.query<AppliedMigration>(
    `select migration_name, checksum, finished_at is not null as finished
       from _prisma_migrations where rolled_back_at is null order by started_at`,
  );
  return rows;
}

/** @returns what is still to be applied. @throws MigrationError when what was applied is not what stands here. */
function pending(migrations: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { migration_name: name, checksum, finished } of applied) {
    const migration = known.get(name);
    if (!migration) {
      throw new MigrationError(
        `The database is newer than this code: it has "${name}", which is not here. Update the code.`,
      );
    }
    if (!finished) {
      throw new MigrationError(
        `The migration "${name}" began and did not end. Mend the schema by hand, then delete its row of _prisma_migrations.`,
      );
    }
    if (checksum !== migration.checksum) {
      throw new MigrationError(
        `The migration "${name}" was changed after it was applied. Put its file back, and make a further migration.`,
      );
    }
  }
  const done = new Set(applied.map((migration) => migration.migration_name));
  return migrations.filter((migration) => !done.has(migration.name));
}

async function apply(client: pg.Client, { name, script, checksum }: Migration): Promise<void> {
  const id = randomUUID();
  const begin = `insert into _prisma_migrations (id, migration_name, checksum) values ($1, $2, $3)`;
  const finish = `update _prisma_migrations set finished_at = clock_timestamp(), applied_steps_count = 1 where id = $1`;
  const alone = /^\s*--\s*no transaction\b/i.test(script);
  try {
    if (!alone) await client.query('begin');
    await client.query(begin, [id, name, checksum]);
    await client.query(script);
    await client.query(finish, [id]);
    if (!alone) await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    if (alone) {
      const note = 'update _prisma_migrations set logs = $2 where id = $1';
      await client.query(note, [id, messageOf(error)]).catch(() => undefined);
    }
    throw new MigrationError(`The migration "${name}" failed: ${messageOf(error)}`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.map(messageOf).join('; ');
  return 'message' in error ? String(error.message) : 'unknown cause';
}
