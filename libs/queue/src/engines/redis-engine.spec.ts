import { openQueue, type Queue } from '../index.js';
import { until } from '../__fixtures__/poll.js';
import { describeOwnRedis, RedisServer } from '../__fixtures__/redis-server.js';

const logger = { info: () => undefined, warn: () => undefined };

/** Entries and signals go through; that is all that differs between kinds of Redis. */
async function expectWorking(queue: Queue): Promise<void> {
  await until(() => queue.available);
  const got: string[] = [];
  const signals: unknown[] = [];
  queue.consumeEntries('p', { concurrency: 4, onEntry: async (jobId) => void got.push(jobId) });
  queue.consumeEntries('q', { concurrency: 4, onEntry: async (jobId) => void got.push(jobId) });
  await queue.subscribe('a.>', ({ data }) => void signals.push(data));
  queue.publish('a.b', 1);
  await queue.addEntries('p', [{ jobId: 'job_1', priority: 0 }]);
  await queue.addEntries('q', [
    { jobId: 'job_2', priority: 5 },
    { jobId: 'job_3', priority: 5, delayMs: 100 },
  ]);
  await until(() => got.length === 3 && signals.length === 1);
  expect(got.sort()).toEqual(['job_1', 'job_2', 'job_3']);
  await until(async () => (await queue.depth('q')).active === 0);
}

describeOwnRedis('a queue on a Cluster (redis)', () => {
  it('keeps each queue in one slot', async () => {
    const server = await RedisServer.start('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1');
    await server.command('CLUSTER ADDSLOTSRANGE 0 16383');
    await until(async () => (await server.command('CLUSTER INFO')).includes('cluster_state:ok'));
    const queue = await openQueue({ url: `redis+cluster://127.0.0.1:${String(server.port)}`, logger });
    await expectWorking(queue);
    await queue.close();
    await server.remove();
  }, 20_000);
});

describeOwnRedis('a queue behind Sentinels (redis)', () => {
  it("follows the master's name, and to another master", async () => {
    const [first, second] = [await RedisServer.start(), await RedisServer.start()];
    const sentinel = await RedisServer.start('--sentinel');
    const monitor = (server: RedisServer): Promise<string> =>
      sentinel.command(`SENTINEL MONITOR main 127.0.0.1 ${String(server.port)} 1`);
    await monitor(first);
    const queue = await openQueue({ url: `redis+sentinel://127.0.0.1:${String(sentinel.port)}/main`, logger });
    await expectWorking(queue);
    await first.kill();
    await sentinel.command('SENTINEL REMOVE main');
    await monitor(second);
    await until(() => !queue.available);
    await until(() => queue.available);
    await until(async () =>
      queue.addEntries('r', [{ jobId: 'job_9', priority: 5 }]).then(
        () => true,
        () => false,
      ),
    );
    expect(await queue.depth('r')).toMatchObject({ waiting: 1 });
    await queue.close();
    await Promise.all([first.remove(), second.remove(), sentinel.remove()]);
  }, 30_000);
});

describeOwnRedis('a Redis that wants a password (redis)', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await RedisServer.start('--requirepass', 'right');
  });

  afterAll(async () => {
    await server.remove();
  });

  const open = (password: string): Promise<Queue> =>
    openQueue({ url: `redis://${password}127.0.0.1:${String(server.port)}`, logger });

  it.each(['', ':canary-wrong@'])('refuses the start with %j, and does not repeat it', async (password) => {
    const refused = open(password);
    await expect(refused).rejects.toThrow(/Redis refuses QUEUE_URL's access/);
    await expect(refused).rejects.not.toThrow(/canary/);
  });

  it('works with the right one', async () => {
    const queue = await open(':right@');
    await expectWorking(queue);
    await queue.close();
  });
});
