import { openDatabase, sql } from '@switchyard/database';
import { migrateDatabase } from '@switchyard/database/migrate';
import { isPostgres, openQueueDatabase } from './queue-database.js';

/** A server that has just been started is waited for so long, in milliseconds. */
const DATABASE_WAIT_MS = 8_000;

/** Partitions of payloads and results that are made ahead, in days; the courier makes more as time goes on. */
const DAYS_AHEAD = 7;

/**
 * Brings database and queue to what this version needs. Any number of processes may do it at once.
 * @param urls `queue` absent: the queue stands in the database.
 * @returns how many migrations of the database were applied now.
 * @throws MigrationError in one line for the operator.
 */
export async function prepareDatabase(urls: {
  readonly database: string;
  readonly queue?: string | undefined;
}): Promise<number> {
  const { length: applied } = await migrateDatabase({ url: urls.database, waitMs: DATABASE_WAIT_MS });
  await makePartitions(urls.database);
  const queueUrl = urls.queue ?? urls.database;
  if (!isPostgres(queueUrl)) return applied;
  // Late: BullMQ weighs 25 MB, which a process that starts others on Redis is spared.
  const { migrateQueue, QUEUE_POOL_OPTIONS } = await import('@switchyard/queue/migrate');
  const pool = openQueueDatabase({ name: 'migrate', url: queueUrl, options: QUEUE_POOL_OPTIONS });
  try {
    await migrateQueue({ url: queueUrl, postgresPool: pool.pool });
  } finally {
    await pool.close();
  }
  return applied;
}

async function makePartitions(url: string): Promise<void> {
  const database = openDatabase({ url, applicationName: 'switchyard migrate', poolSize: 1 });
  try {
    await database.query(sql`select ensure_partitions(${DAYS_AHEAD})`);
  } finally {
    await database.close();
  }
}
