import { openDatabase, type Database } from '@switchyard/database';
import { openQueue, QUEUE_POOL_OPTIONS, type Queue } from '@switchyard/queue';
import type { Logger } from '@switchyard/telemetry';
import { reasonOf } from './reason-of.js';
import { StartError } from './start-error.js';

interface QueueOfProcess {
  readonly queue: Queue;
  close(): Promise<void>;
}

/** Statements of the queue, and a connection each that listens for entries and for signals. */
const CONNECTIONS = 6;
const STATEMENT_LIMIT_MS = 5_000;

/** Opens the queue that the URL names; on Postgres over a pool of its own, as BullMQ's tables stand in their own schema. */
export async function openProcessQueue(settings: {
  readonly name: string;
  readonly url: string;
  readonly logger: Logger;
}): Promise<QueueOfProcess> {
  const { name, url, logger } = settings;
  const pool = isPostgres(url) ? openQueueDatabase(name, url) : undefined;
  try {
    const queue = await openQueue({ url, logger, name, ...(pool ? { postgresPool: pool.pool } : {}) });
    return {
      queue,
      async close() {
        await queue.close();
        await pool?.close();
      },
    };
  } catch (error) {
    await pool?.close();
    throw new StartError(
      `The queue cannot be used (${reasonOf(error)}). Check QUEUE_URL, and run the command migrate.`,
      {
        cause: error,
      },
    );
  }
}

/** A pool over BullMQ's schema. What it writes may be lost, so that its commits need not wait for the disk. */
export function openQueueDatabase(name: string, url: string): Database {
  const withOptions = new URL(url);
  withOptions.searchParams.set('options', QUEUE_POOL_OPTIONS);
  return openDatabase({
    url: withOptions.href,
    applicationName: `switchyard ${name} queue`,
    poolSize: CONNECTIONS,
    statementTimeoutMs: STATEMENT_LIMIT_MS,
  });
}

export function isPostgres(url: string): boolean {
  return /^postgres(ql)?:/.test(url);
}
