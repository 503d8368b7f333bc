import { migrateQueue, QUEUE_POOL_OPTIONS } from '../migrate.js';
import { openQueue } from '../open-queue.js';
import type { Queue } from '../queue.js';
import { createQueueDatabase } from './test-pool.js';
import { describeOwnRedis, RedisServer } from './redis-server.js';

/** A store of the spec's own, which can go away and come back. */
export interface Store {
  /** Opens the queue on it, with a log of its own. */
  open(): Promise<{ queue: Queue; log: string[] }>;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Cuts every connection, once. */
  cut(): Promise<void>;
  remove(): Promise<void>;
}

/** Describes a suite for each kind of store; on Redis only where a server is installed. */
export function describeStores(name: string, suite: (createStore: () => Promise<Store>) => void): void {
  describe(`${name} (postgres)`, () => suite(createPostgresStore));
  describeOwnRedis(`${name} (redis)`, () => suite(createRedisStore));
}

async function createRedisStore(): Promise<Store> {
  const { track, closeAll } = createTracker();
  const server = await RedisServer.start();
  return {
    open: () => track(openRedis(server.url)),
    stop: () => server.kill(),
    start: () => server.start(),
    cut: async () => void (await server.command('CLIENT KILL TYPE normal')),
    remove: async () => {
      await closeAll();
      await server.remove();
    },
  };
}

async function createPostgresStore(): Promise<Store> {
  const { track, closeAll } = createTracker();
  const database = await createQueueDatabase();
  await migrateQueue({ url: 'postgres://', postgresPool: database.pool });
  return {
    open: () => track(openLogged({ url: 'postgres://', postgresPool: database.createPool(QUEUE_POOL_OPTIONS) })),
    stop: () => database.shut(),
    start: () => database.reopen(),
    cut: () => database.cut(),
    remove: async () => {
      await closeAll();
      await database.reopen();
      await database.drop();
    },
  };
}

/** So that a spec that fails leaves nothing open either. */
function createTracker(): {
  track(opening: ReturnType<Store['open']>): ReturnType<Store['open']>;
  closeAll(): Promise<void>;
} {
  const opened: Queue[] = [];
  return {
    track: async (opening) => {
      const result = await opening;
      opened.push(result.queue);
      return result;
    },
    closeAll: async () => {
      await Promise.all(opened.map((queue) => queue.close()));
    },
  };
}

/** Opens the queue on a Redis of the spec's own. */
export function openRedis(url: string): Promise<{ queue: Queue; log: string[] }> {
  return openLogged({ url });
}

async function openLogged(settings: { url: string; postgresPool?: unknown }): Promise<{ queue: Queue; log: string[] }> {
  const log: string[] = [];
  const write = (_fields: object, message: string): void => void log.push(message);
  return { queue: await openQueue({ ...settings, logger: { info: write, warn: write } }), log };
}
