import { SchemaMigrationRequiredError, SchemaVersionMismatchError, UnsupportedPostgresVersionError } from 'bullmq';

import { Availability, type QueueLogger } from './availability.js';
import { within } from './bounded.js';
import { UnusableStoreError, type Engine } from './engines/engine.js';
import { PostgresEngine } from './engines/postgres-engine.js';
import { RedisEngine } from './engines/redis-engine.js';
import { checkedPool, isPostgres } from './migrate.js';
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

/** What time will not mend. */
function isRefusal(error: unknown): error is Error {
  return (
    error instanceof SchemaMigrationRequiredError ||
    error instanceof SchemaVersionMismatchError ||
    error instanceof UnsupportedPostgresVersionError ||
    error instanceof UnusableStoreError
  );
}
