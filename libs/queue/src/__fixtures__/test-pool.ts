import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import { QUEUE_POOL_OPTIONS } from '../migrate.js';

interface Pool {
  query(text: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  end(): Promise<void>;
  on(event: 'error', listener: () => void): void;
}

/** A database of the spec's own, with a pool as the queue wants it and one beside it that can shut it off. */
export interface QueueDatabase {
  readonly pool: Pool;
  readonly test: TestDatabase;
  /** Pools besides `pool`, ended with it. */
  createPool(options: string): Pool;
  /** Cuts every connection to the database. */
  cut(): Promise<void>;
  /** Cuts every connection and lets none in. */
  shut(): Promise<void>;
  reopen(): Promise<void>;
  drop(): Promise<void>;
}

export async function createQueueDatabase(): Promise<QueueDatabase> {
  const test = await createTestDatabase();
  const url = new URL(test.url);
  const name = url.pathname.slice(1);
  const pools: Pool[] = [];
  // pg belongs to libs/database; the class of its pool makes further ones.
  const PoolClass = test.database.pool.constructor as new (settings: object) => Pool;
  const open = (connectionString: string, options: string, connectionTimeoutMillis = 1_000): Pool => {
    const pool = new PoolClass({ connectionString, options, max: 6, keepAlive: true, connectionTimeoutMillis });
    pool.on('error', () => undefined);
    pools.push(pool);
    return pool;
  };
  const admin = open(Object.assign(new URL(url), { pathname: '/postgres' }).href, '', 20_000);
  const cut = async (): Promise<void> => {
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  };
  const allowConnections = async (allowed: boolean): Promise<void> => {
    await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${String(allowed)}`);
  };
  return {
    pool: open(test.url, QUEUE_POOL_OPTIONS),
    test,
    createPool: (options) => open(test.url, options),
    cut,
    shut: async () => {
      await allowConnections(false);
      await cut();
    },
    reopen: () => allowConnections(true),
    drop: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await test.drop();
    },
  };
}
