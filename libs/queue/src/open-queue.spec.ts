import { openQueue, QUEUE_POOL_OPTIONS } from './index.js';
import { migrateQueue } from './migrate.js';
import { createQueueDatabase, type QueueDatabase } from './__fixtures__/test-pool.js';

const logger = { info: () => undefined, warn: () => undefined };

describe('openQueue', () => {
  it.each(['', 'http://localhost', 'amqp://localhost', 'redis+sentinel://localhost'])('refuses %j', async (url) => {
    await expect(openQueue({ url, logger })).rejects.toThrow(/QUEUE_URL cannot be used/);
  });

  it.each([undefined, {}, 'postgres://localhost'])('refuses %j for a pool', async (postgresPool) => {
    await expect(openQueue({ url: 'postgres://localhost', postgresPool, logger })).rejects.toThrow(
      /hand one in as postgresPool/,
    );
  });
});

describe('a queue on PostgreSQL', () => {
  let database: QueueDatabase;

  beforeAll(async () => {
    database = await createQueueDatabase();
    await database.pool.query('DROP SCHEMA IF EXISTS bullmq CASCADE');
  });

  afterAll(async () => {
    await database.drop();
  });

  const open = (postgresPool: unknown): Promise<{ close(): Promise<void> }> =>
    openQueue({ url: 'postgresql://localhost', postgresPool, logger });

  it('refuses to open before its schema is made', async () => {
    await expect(open(database.pool)).rejects.toThrow(/not initialized/);
  });

  it('makes its schema once, however many processes start at once', async () => {
    const pools = Array.from({ length: 5 }, () => database.createPool(QUEUE_POOL_OPTIONS));
    await Promise.all(pools.map((postgresPool) => migrateQueue({ url: 'postgres://localhost', postgresPool })));
    const { rows } = await database.pool.query('SELECT count(*)::int AS count FROM migration');
    expect(rows[0]?.count).toBeGreaterThan(5);
    await migrateQueue({ url: 'postgres://localhost', postgresPool: database.pool });
    const queue = await open(database.pool);
    await queue.close();
  });

  it('refuses a pool that looks into another schema, and says how to mend it', async () => {
    await expect(open(database.createPool(''))).rejects.toThrow(/-c search_path=bullmq/);
  });

  it('leaves the pool open, without a connection of its own in it', async () => {
    const pool = database.createPool(QUEUE_POOL_OPTIONS);
    const queue = await openQueue({ url: 'postgres://localhost', postgresPool: pool, logger });
    const consumer = queue.consumeEntries('p', { concurrency: 1, onEntry: async () => undefined });
    await queue.subscribe('a.b', () => undefined);
    await consumer.close();
    await queue.close();
    const { rows } = await pool.query(
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'listen%'`,
    );
    expect(rows[0]?.count).toBe(0);
  });

  it('needs two connections for any number of consumers, besides those that run statements', async () => {
    const pool = database.createPool(QUEUE_POOL_OPTIONS);
    const queue = await openQueue({ url: 'postgres://localhost', postgresPool: pool, logger });
    const got: string[] = [];
    const consumers = Array.from({ length: 20 }, (_, index) =>
      queue.consumeEntries(`p${String(index)}`, { concurrency: 1, onEntry: async (jobId) => void got.push(jobId) }),
    );
    await queue.subscribe('a.b', () => undefined);
    await Promise.all(
      consumers.map((_, index) =>
        queue.addEntries(`p${String(index)}`, [{ jobId: `job_${String(index)}`, priority: 5 }]),
      ),
    );
    const deadline = performance.now() + 10_000;
    while (got.length < consumers.length && performance.now() < deadline) await new Promise(setImmediate);
    expect(new Set(got).size).toBe(20);
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'listen%'`,
    );
    expect(rows[0]?.count).toBeLessThanOrEqual(2);
    await queue.close();
  });
});
