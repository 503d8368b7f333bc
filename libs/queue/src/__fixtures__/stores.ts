import { migrateQueue, openQueue } from '../open-queue.js';
import type { Queue } from '../queue.js';
import type { QueueEngine } from '../testing.js';
import { createQueueDatabase } from './test-pool.js';
import { RedisServer } from './redis-server.js';

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

export async function createStore(engine: QueueEngine): Promise<Store> {
  return engine === 'postgres' ? createPostgresStore() : createRedisStore();
}

async function createRedisStore(): Promise<Store> {
  const server = await RedisServer.start();
  return {
    open: () => openRedis(server.url),
    stop: () => server.kill(),
    start: () => server.start(),
    cut: async () => void (await server.command('CLIENT KILL TYPE normal')),
    remove: () => server.remove(),
  };
}

async function createPostgresStore(): Promise<Store> {
  const database = await createQueueDatabase();
  await migrateQueue({ url: 'postgres://', postgresPool: database.pool });
  return {
    open: () => openLogged({ url: 'postgres://', postgresPool: database.createPool('-c search_path=bullmq') }),
    stop: () => database.shut(),
    start: () => database.reopen(),
    cut: () => database.cut(),
    remove: () => database.drop(),
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
