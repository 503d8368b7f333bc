import { createTestQueue, describeEngines, type TestQueue } from '../testing.js';
import { until } from '../__fixtures__/poll.js';
import { createQueueDatabase, type QueueDatabase } from '../__fixtures__/test-pool.js';
import { EntryWorker } from './entry-worker.js';

describeEngines('EntryWorker', (engine) => {
  let database: QueueDatabase | undefined;
  let test: TestQueue;

  beforeAll(async () => {
    database = engine === 'postgres' ? await createQueueDatabase() : undefined;
    test = await createTestQueue(engine, { postgresPool: database?.pool });
  });

  afterAll(async () => {
    await test.close();
    await database?.drop();
  });

  it('gets an entry again whose worker fell silent, however often that happens', async () => {
    const { link } = test.queue;
    const haste = { connection: link, lockDuration: 100, stalledInterval: 100, skipLockRenewal: true };
    let room: () => void = () => undefined;
    const silent = new Promise<void>((resolve) => (room = resolve));
    let started = 0;
    const worker = new EntryWorker(
      'p',
      async () => {
        started += 1;
        if (started < 4) await silent;
      },
      { ...haste, concurrency: 10 },
    );
    await test.queue.addEntries('p', [{ jobId: 'job_a', priority: 5 }]);
    await until(() => started === 4);
    await until(async () => (await test.queue.depth('p')).active === 0);
    expect(await test.queue.depth('p')).toEqual({ waiting: 0, delayed: 0, active: 0 });
    room();
    await worker.close();
  });
});
