import { assertSchemaCompatibility, isPgPool, LATEST_SCHEMA_VERSION, runMigrations, type PgPool } from 'bullmq';

/**
 * What the connections of the queue's pool are started with. BullMQ names its tables without their schema; what it keeps
 * may be lost; its tables are empty now and full a second later, so a plan that was made for an empty one, a scan of the
 * whole, once cost eight times the CPU; and a discouraged plan that is taken all the same must not look worth compiling.
 */
export const QUEUE_POOL_OPTIONS = '-c search_path=bullmq -c synchronous_commit=off -c enable_seqscan=off -c jit=off';

/**
 * Creates or updates BullMQ's tables in the schema `bullmq` of the database; nothing to do on Redis. Safe with any number
 * of processes at once.
 */
export async function migrateQueue(settings: { readonly url: string; readonly postgresPool?: unknown }): Promise<void> {
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

/** Whether the queue of this URL stands in PostgreSQL. */
export function isPostgres(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url);
}

/** @throws TypeError for what is no `pg.Pool` */
export function checkedPool(pool: unknown): PgPool {
  if (isPgPool(pool)) return pool;
  throw new TypeError('A queue on PostgreSQL needs a pg.Pool: hand one in as postgresPool.');
}
