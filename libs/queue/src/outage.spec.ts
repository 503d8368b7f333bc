import { QueueUnavailableError, type Queue } from './index.js';
import { timed, until } from './__fixtures__/poll.js';
import { describeOwnRedis, RedisServer } from './__fixtures__/redis-server.js';
import { describeStores, openRedis, type Store } from './__fixtures__/stores.js';

const AWAY = expect.stringMatching(/^The queue is away/);
const BACK = 'The queue is back.';

function collect(queue: Queue, provider: string): string[] {
  const got: string[] = [];
  queue.consumeEntries(provider, { concurrency: 2, onEntry: async (jobId) => void got.push(jobId) });
  return got;
}

/** Adds again and again, as a reconciler does. */
async function addUntilTaken(queue: Queue, provider: string, jobId: string): Promise<void> {
  const add = queue.addEntries(provider, [{ jobId, priority: 5 }]);
  await until(() => add.then(() => true).catch(() => true), 2_000);
  await until(async () =>
    queue.addEntries(provider, [{ jobId, priority: 5 }]).then(
      () => true,
      () => false,
    ),
  );
}

describeStores('an outage of the queue', (createStore) => {
  let store: Store;
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);

  beforeAll(() => {
    process.on('unhandledRejection', note);
  });

  beforeEach(async () => {
    store = await createStore();
  });

  afterEach(async () => {
    await store.remove();
    expect(unhandled).toEqual([]);
  });

  afterAll(() => {
    process.off('unhandledRejection', note);
  });

  it('fails adds fast, then at once, and takes them again by itself', async () => {
    const { queue, log } = await store.open();
    await queue.addEntries('p', [{ jobId: 'job_before', priority: 5 }]);
    expect(queue.available).toBe(true);
    await store.stop();
    const add = (): Promise<void> => queue.addEntries('p', [{ jobId: 'job_during', priority: 5 }]);
    const first = add();
    expect(await timed(first)).toBeLessThan(500);
    await expect(first).rejects.toThrow(QueueUnavailableError);
    await until(() => !queue.available);
    expect(await timed(Promise.all(Array.from({ length: 100 }, add)))).toBeLessThan(50);
    await expect(queue.depth('p')).rejects.toThrow(QueueUnavailableError);
    await expect(queue.removeEntries('p', ['job_a'])).rejects.toThrow(QueueUnavailableError);
    await store.start();
    await until(() => queue.available);
    await expect(add()).resolves.toBeUndefined();
    expect(log).toEqual([AWAY, BACK]);
    await queue.close();
  });

  it('wakes consumers again after it, idle or busy', async () => {
    const { queue, log } = await store.open();
    const idle = collect(queue, 'idle');
    const busy = collect(queue, 'busy');
    await queue.addEntries('idle', [{ jobId: 'job_1', priority: 5 }]);
    await until(() => idle.length === 1);
    let feeding = true;
    const feeder = (async () => {
      for (let index = 0; feeding; index += 1) {
        await queue.addEntries('busy', [{ jobId: `job_${String(index)}`, priority: 5 }]).catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    await until(() => busy.length > 5);
    await store.stop();
    await until(() => !queue.available);
    await store.start();
    await until(() => queue.available);
    const before = busy.length;
    await queue.addEntries('idle', [{ jobId: 'job_2', priority: 5 }]);
    await until(() => idle.includes('job_2') && busy.length > before);
    feeding = false;
    await feeder;
    expect(log.filter((line) => line === BACK)).toHaveLength(1);
    await queue.close();
  });

  it('does not spin when it goes away with work in hand', async () => {
    const { queue } = await store.open();
    // In steps: each call has its limit, which 3,000 entries at once would pass on a busy machine.
    for (let step = 0; step < 30; step += 1) {
      const ids = Array.from({ length: 100 }, (_, index) => `job_${String(step * 100 + index)}`);
      await queue.addEntries(
        'p',
        ids.map((jobId) => ({ jobId, priority: 5 })),
      );
    }
    const got = collect(queue, 'p');
    await until(() => got.length > 50);
    await store.stop();
    await until(() => !queue.available);
    const before = process.cpuUsage();
    const asked = performance.now();
    await until(() => performance.now() - asked > 1_000);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000 / (performance.now() - asked)).toBeLessThan(0.5);
    await store.start();
    await until(() => queue.available);
    await addUntilTaken(queue, 'p', 'job_after');
    await until(() => got.includes('job_after'), 20_000);
    await queue.close();
  }, 40_000);

  it('survives that its connections are cut', async () => {
    const { queue } = await store.open();
    const got = collect(queue, 'p');
    const signals: unknown[] = [];
    await queue.subscribe('a.b', ({ data }) => void signals.push(data));
    for (let round = 0; round < 3; round += 1) {
      await store.cut();
      await addUntilTaken(queue, 'p', `job_${String(round)}`);
      await until(() => got.includes(`job_${String(round)}`));
    }
    await until(() => {
      queue.publish('a.b', 'x');
      return signals.length > 0;
    });
    await queue.close();
  });

  it('drops and counts signals during it, and says when they arrive again', async () => {
    const { queue } = await store.open();
    const other = await store.open();
    const got: unknown[] = [];
    let recovered = 0;
    queue.onRecovered(() => (recovered += 1));
    let idleRecovered = 0;
    other.queue.onRecovered(() => (idleRecovered += 1));
    await queue.subscribe('a.b', ({ data }) => void got.push(data));
    other.queue.publish('a.b', 'before');
    await until(() => got.length === 1);
    await store.stop();
    await until(() => !queue.available && !other.queue.available);
    other.queue.publish('a.b', 'during');
    expect(other.queue.droppedSignals).toBe(1);
    const late: unknown[] = [];
    expect(await timed(queue.subscribe('late.b', ({ data }) => void late.push(data)))).toBeLessThan(500);
    await store.start();
    await until(() => recovered > 0 && idleRecovered > 0);
    await until(() => {
      other.queue.publish('a.b', 'after');
      other.queue.publish('late.b', 'after');
      return got.includes('after') && late.includes('after');
    }, 20_000);
    expect(got).not.toContain('during');
    await Promise.all([queue.close(), other.queue.close()]);
  }, 40_000);

  it('lets the queue be opened during it, and then come', async () => {
    await store.stop();
    const opened = store.open();
    expect(await timed(opened)).toBeLessThan(3_000);
    const { queue, log } = await opened;
    const got = collect(queue, 'p');
    const signals: unknown[] = [];
    await queue.subscribe('a.b', ({ data }) => void signals.push(data));
    expect(await timed(queue.addEntries('p', [{ jobId: 'job_a', priority: 5 }]))).toBeLessThan(500);
    await store.start();
    await until(() => queue.available);
    await addUntilTaken(queue, 'p', 'job_a');
    await until(() => {
      queue.publish('a.b', 1);
      return got.includes('job_a') && signals.length > 0;
    });
    expect(log).toEqual([AWAY, BACK]);
    await queue.close();
  });

  it('does not hold up closing', async () => {
    const { queue } = await store.open();
    let note: () => void = () => undefined;
    const noted = new Promise<void>((resolve) => (note = resolve));
    queue.consumeEntries('p', { concurrency: 2, onEntry: () => new Promise(() => note()) });
    queue.consumeEntries('idle', { concurrency: 2, onEntry: async () => undefined });
    await queue.subscribe('a.b', () => undefined);
    await queue.addEntries('p', [{ jobId: 'job_a', priority: 5 }]);
    await noted;
    await store.stop();
    expect(await timed(queue.close())).toBeLessThan(5_000);
    await store.start();
  });
});

describeOwnRedis('a Redis that loses all or answers nothing (redis)', () => {
  let server: RedisServer;

  beforeEach(async () => {
    server = await RedisServer.start();
  });

  afterEach(async () => {
    await server.remove();
  });

  it('goes on after FLUSHALL: entries added later are delivered, signals recover', async () => {
    const { queue } = await openRedis(server.url);
    const got = collect(queue, 'p');
    let recovered = 0;
    queue.onRecovered(() => (recovered += 1));
    const signals: unknown[] = [];
    await queue.subscribe('a.b', ({ data }) => void signals.push(data));
    await queue.addEntries('p', [
      { jobId: 'job_1', priority: 5 },
      { jobId: 'job_late', priority: 5, delayMs: 60_000 },
    ]);
    await until(() => got.length === 1);
    await server.command('FLUSHALL');
    await queue.addEntries('p', [{ jobId: 'job_2', priority: 5 }]);
    await until(() => got.includes('job_2'));
    await until(() => recovered > 0);
    queue.publish('a.b', 1);
    await until(() => signals.length === 1);
    expect(await queue.depth('p')).toMatchObject({ delayed: 0 });
    await queue.close();
  }, 20_000);

  it('is bounded while Redis is frozen, and goes on when it thaws', async () => {
    const { queue } = await openRedis(server.url);
    const got = collect(queue, 'p');
    await queue.addEntries('p', [{ jobId: 'job_1', priority: 5 }]);
    await until(() => got.length === 1);
    server.freeze();
    expect(await timed(queue.addEntries('p', [{ jobId: 'job_2', priority: 5 }]))).toBeLessThan(500);
    await until(() => !queue.available);
    server.thaw();
    await until(() => queue.available);
    await addUntilTaken(queue, 'p', 'job_3');
    await until(() => got.includes('job_3'));
    await queue.close();
  });

  it('refuses entries while Redis is full, and goes on when there is room', async () => {
    const { queue, log } = await openRedis(server.url);
    const got = collect(queue, 'p');
    await queue.addEntries('p', [{ jobId: 'job_1', priority: 5 }]);
    await until(() => got.length === 1);
    await server.command('CONFIG SET maxmemory 1');
    const refused = queue.addEntries('p', [{ jobId: 'job_2', priority: 5 }]);
    expect(await timed(refused)).toBeLessThan(500);
    await expect(refused).rejects.toThrow(QueueUnavailableError);
    await server.command('CONFIG SET maxmemory 0');
    await queue.addEntries('p', [{ jobId: 'job_3', priority: 5 }]);
    await until(() => got.includes('job_3'));
    expect(log.length).toBeLessThanOrEqual(1);
    await queue.close();
  });
});
