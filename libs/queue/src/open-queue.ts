import {
  assertSchemaCompatibility,
  isPgPool,
  LATEST_SCHEMA_VERSION,
  runMigrations,
  SchemaMigrationRequiredError,
  SchemaVersionMismatchError,
  UnsupportedPostgresVersionError,
  type PgPool,
} from 'bullmq';

import { Availability, type QueueLogger } from './availability.js';
import { within } from './bounded.js';
import { WrongSchemaError, type Engine } from './engines/engine.js';
import { PostgresEngine } from './engines/postgres-engine.js';
import { RedisEngine } from './engines/redis-engine.js';
import { Queue } from './queue.js';

export interface QueueSettings {
  /**
   * `postgres://…` or `postgresql://…`: PostgreSQL over `postgresPool`. `redis://`, `rediss://`,
   * `redis+cluster://h1:p1,h2:p2`, `redis+sentinel://h1:p1,h2:p2/master`: Redis. A secret where it holds a password.
   */
  readonly url: string;
  /**
   * A `pg.Pool` made for the queue alone, for PostgreSQL: one for each process, shared by all its queues, consumers and
   * signals. It needs
   * - `options: '-c search_path=bullmq -c synchronous_commit=off'`: BullMQ names its tables without a schema, and what it
   *   keeps may be lost (the second saves a third of its CPU);
   * - `max` of at least 4: one connection waits for entries, one for signals, the rest run statements;
   * - `keepAlive: true`, `connectionTimeoutMillis: 1000` and `query_timeout: 5000`: a dead connection is noticed;
   * - an `error` listener, as every pool does.
   * The caller ends it after `close()`.
   */
  readonly postgresPool?: unknown;
  readonly logger: QueueLogger;
  /** Shown beside this process by dashboards: its app. Default `switchyard`. */
  readonly name?: string;
  /** Beginning of all keys in Redis. Default `switchyard`. */
  readonly prefix?: string;
}

const DEFAULT_NAME = 'switchyard';
/** Longer than later questions: a connection is made first. */
const OPEN_LIMIT_MS = 2_000;

/**
 * Opens the queue that the URL names. Resolves within some two seconds even when the backend is away; the queue then
 * connects by itself later.
 * @throws TypeError when the URL or the pool cannot be used.
 * @throws Error when the database answers but has no schema for this BullMQ (see `migrateQueue`), or the pool another one.
 */
export async function openQueue(settings: QueueSettings): Promise<Queue> {
  const { name = DEFAULT_NAME, url, postgresPool, prefix = DEFAULT_NAME, logger } = settings;
  const engineName = isPostgres(url) ? 'postgres' : 'redis';
  const availability = new Availability(engineName, () => engine.probe(), logger);
  const { suspect } = availability;
  const engine: Engine =
    engineName === 'postgres'
      ? new PostgresEngine(checkedPool(postgresPool), suspect)
      : new RedisEngine(url, prefix, { suspect, ready: () => void availability.check() });
  try {
    await within(OPEN_LIMIT_MS, engine.probe());
  } catch (error) {
    if (isRefusal(error)) {
      availability.close();
      await engine.close();
      throw error;
    }
  }
  await availability.check();
  return new Queue({ engine, availability, queues: new Map() }, name);
}

/**
 * Creates or updates BullMQ's tables in the schema `bullmq` of the database; nothing to do on Redis. Safe with any number
 * of processes at once.
 */
export async function migrateQueue(settings: Pick<QueueSettings, 'url' | 'postgresPool'>): Promise<void> {
  if (!isPostgres(settings.url)) return;
  const pool = checkedPool(settings.postgresPool);
  const version = await assertSchemaCompatibility(pool).catch(() => 0);
  if (version >= LATEST_SCHEMA_VERSION) return;
  const client = await pool.connect();
  // Without a listener a connection that breaks in between would end the process.
  const ignore = (): void => undefined;
  client.on('error', ignore);
  try {
    await runMigrations(client);
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

function isPostgres(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url);
}

function checkedPool(pool: unknown): PgPool {
  if (isPgPool(pool)) return pool;
  throw new TypeError('A queue on PostgreSQL needs a pg.Pool: hand one in as postgresPool.');
}

/** What time will not mend. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof SchemaMigrationRequiredError ||
    error instanceof SchemaVersionMismatchError ||
    error instanceof UnsupportedPostgresVersionError ||
    error instanceof WrongSchemaError
  );
}
