import { openQueue, QUEUE_POOL_OPTIONS, type Queue } from '@switchyard/queue';
import type { Logger } from '@switchyard/telemetry';
import { isPostgres, openQueueDatabase } from './queue-database.js';
import { reasonOf } from './reason-of.js';
import { StartError } from './start-error.js';

interface QueueOfProcess {
  readonly queue: Queue;
  close(): Promise<void>;
}

/** Opens the queue that the URL names; on Postgres over a pool of its own, as BullMQ's tables stand in their own schema. */
export async function openProcessQueue(settings: {
  readonly name: string;
  readonly url: string;
  readonly logger: Logger;
}): Promise<QueueOfProcess> {
  const { name, url, logger } = settings;
  const pool = isPostgres(url) ? openQueueDatabase({ name, url, options: QUEUE_POOL_OPTIONS }) : undefined;
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
