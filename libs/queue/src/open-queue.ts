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
import { UnusableStoreError, type Engine } from './engines/engine.js';
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
   * - `options: QUEUE_POOL_OPTIONS`;
   * - `max` of at least 4: one connection waits for entries, one for signals, the rest run statements;
   * - `keepAlive`, `connectionTimeoutMillis` and `query_timeout` of a few seconds: a dead connection is noticed;
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

/**
 * What the connections of the queue's pool are started with. BullMQ names its tables without their schema; what it keeps
 * may be lost; its tables are empty now and full a second later, so a plan that was made for an empty one, a scan of the
 * whole, once cost eight times the CPU; and a discouraged plan that is taken all the same must not look worth compiling.
 */
export const QUEUE_POOL_OPTIONS = '-c search_path=bullmq -c synchronous_commit=off -c enable_seqscan=off -c jit=off';

const DEFAULT_NAME = 'switchyard';
/** Longer than later questions: a connection is made first. */
const OPEN_LIMIT_MS = 2_000;

/**
 * Opens the queue that the URL names. Resolves within some two seconds even when the backend is away; the queue then
 * connects by itself later.
 * @throws TypeError when the URL or the pool cannot be used.
 * @throws Error when the backend answers but cannot be used: no schema for this BullMQ (see `migrateQueue`), a pool that
 * looks into another one, a password that Redis refuses, a Redis before 6.2.
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
  const failure = await within(OPEN_LIMIT_MS, engine.open()).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (isRefusal(failure)) {
    availability.close();
    await engine.close();
    throw failure;
  }
  availability.begin(failure);
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
function isRefusal(error: unknown): error is Error {
  return (
    error instanceof SchemaMigrationRequiredError ||
    error instanceof SchemaVersionMismatchError ||
    error instanceof UnsupportedPostgresVersionError ||
    error instanceof UnusableStoreError
  );
}
