import { describe } from '@jest/globals';
import { randomBytes } from 'node:crypto';

import type { QueueLogger } from './availability.js';
import { migrateQueue } from './migrate.js';
import { openQueue } from './open-queue.js';
import type { Queue } from './queue.js';

export type QueueEngine = Queue['engine'];

export interface TestQueue {
  readonly queue: Queue;
  /** Opens the same queue once more, as another process would. */
  another(): Promise<Queue>;
  /** Closes all that were opened here. */
  close(): Promise<void>;
}

export interface TestQueueSettings {
  /** For PostgreSQL: a `pg.Pool` on the spec's own database, with `search_path=bullmq`. The spec ends it after `close()`. */
  readonly postgresPool?: unknown;
  /** Default: none of its lines go anywhere. */
  readonly logger?: QueueLogger;
}

/** Where a Redis that all test files share is told to them; Jest's global setup sets it. */
const SHARED_REDIS = 'SWITCHYARD_TEST_REDIS';
const ENGINES: readonly QueueEngine[] = ['postgres', 'redis'];
const SILENT: QueueLogger = { info: () => undefined, warn: () => undefined };

/** The engines that this machine can test: Redis only where there is one. */
function availableEngines(): readonly QueueEngine[] {
  return process.env[SHARED_REDIS] ? ENGINES : ['postgres'];
}

/** Describes a suite once for each engine. What cannot run here shows by its name as skipped. */
export function describeEngines(name: string, suite: (engine: QueueEngine) => void): void {
  for (const engine of ENGINES) {
    const describeOne = availableEngines().includes(engine) ? describe : describe.skip;
    describeOne(`${name} (${engine})`, () => {
      suite(engine);
    });
  }
}

/**
 * Opens a queue that no other spec sees: on PostgreSQL that of the pool's database, on Redis one under a prefix of its own.
 * @throws Error when there is no such engine here.
 */
export async function createTestQueue(engine: QueueEngine, settings: TestQueueSettings = {}): Promise<TestQueue> {
  const url = engine === 'postgres' ? 'postgres://' : process.env[SHARED_REDIS];
  if (!url) throw new Error(`No Redis for the specs: set ${SHARED_REDIS}, or use describeEngines.`);
  const { postgresPool, logger = SILENT } = settings;
  await migrateQueue({ url, postgresPool });
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  const opened: Queue[] = [];
  const another = async (): Promise<Queue> => {
    const queue = await openQueue({ url, postgresPool, logger, prefix });
    opened.push(queue);
    return queue;
  };
  return {
    queue: await another(),
    another,
    close: async () => {
      await Promise.all(opened.map((queue) => queue.close()));
    },
  };
}
