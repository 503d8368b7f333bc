import { QueueUnavailableError, type EntryConsumer, type Queue } from './index.js';
import { createTestQueue, describeEngines, type TestQueue } from './testing.js';
import { until } from './__fixtures__/poll.js';
import { createQueueDatabase, type QueueDatabase } from './__fixtures__/test-pool.js';

describeEngines('entries', (engine) => {
  let database: QueueDatabase | undefined;
  let test: TestQueue;
  let queue: Queue;
  let provider: string;
  let providers = 0;

  beforeAll(async () => {
    database = engine === 'postgres' ? await createQueueDatabase() : undefined;
    test = await createTestQueue(engine, { postgresPool: database?.pool });
    queue = test.queue;
  });

  afterAll(async () => {
    await test.close();
    await database?.drop();
  });

  beforeEach(() => {
    provider = `provider-${String((providers += 1))}`;
  });

  function collect(from: Queue = queue, concurrency = 1): { got: string[]; consumer: EntryConsumer } {
    const got: string[] = [];
    const consumer = from.consumeEntries(provider, {
      concurrency,
      onEntry: async (jobId) => void got.push(jobId),
    });
    return { got, consumer };
  }

  it('delivers an entry to a consumer that waits, and keeps nothing of it', async () => {
    const { got, consumer } = collect();
    await queue.addEntries(provider, [{ jobId: 'job_a', priority: 5 }]);
    await until(() => got.length === 1);
    expect(got).toEqual(['job_a']);
    await until(async () => (await queue.depth(provider)).active === 0);
    expect(await queue.depth(provider)).toEqual({ waiting: 0, delayed: 0, active: 0 });
    await consumer.close();
  });

  it('delivers a job once that was added twice while it waited, and again when added later', async () => {
    await queue.addEntries(provider, [
      { jobId: 'job_a', priority: 5 },
      { jobId: 'job_a', priority: 5 },
    ]);
    await queue.addEntries(provider, [{ jobId: 'job_a', priority: 1 }]);
    await queue.addEntries(provider, [{ jobId: 'job_b', priority: 5 }]);
    expect((await queue.depth(provider)).waiting).toBe(2);
    const { got, consumer } = collect();
    await until(async () => got.length === 2 && (await queue.depth(provider)).active === 0);
    await queue.addEntries(provider, [{ jobId: 'job_a', priority: 5 }]);
    await until(() => got.length === 3);
    expect(got).toEqual(['job_a', 'job_b', 'job_a']);
    await consumer.close();
  });

  it('delivers by priority, 0 first, and in order within one', async () => {
    const priorities = [9, 0, 5, 1, 0, 9, 5];
    const entries = priorities.map((priority, index) => ({
      jobId: `job_${String(priority)}_${String(index)}`,
      priority,
    }));
    await queue.addEntries(provider, entries.slice(0, 3));
    for (const entry of entries.slice(3)) await queue.addEntries(provider, [entry]);
    const { got, consumer } = collect();
    await until(() => got.length === entries.length);
    expect(got).toEqual(['job_0_1', 'job_0_4', 'job_1_3', 'job_5_2', 'job_5_6', 'job_9_0', 'job_9_5']);
    await consumer.close();
  });

  it('delivers a delayed entry when it is due, to a consumer that waits', async () => {
    const { got, consumer } = collect();
    await queue.addEntries(provider, [{ jobId: 'job_warm', priority: 5 }]);
    await until(() => got.length === 1);
    const start = performance.now();
    await queue.addEntries(provider, [
      { jobId: 'job_late', priority: 0, delayMs: 700 },
      { jobId: 'job_early', priority: 9, delayMs: 300 },
    ]);
    expect((await queue.depth(provider)).delayed).toBe(2);
    await until(() => got.length === 3);
    const took = performance.now() - start;
    expect(got).toEqual(['job_warm', 'job_early', 'job_late']);
    expect(took).toBeGreaterThan(650);
    expect(took).toBeLessThan(3_000);
    await consumer.close();
  });

  it('adds and delivers thousands, each once, shared between processes', async () => {
    const jobIds = Array.from({ length: 3_000 }, (_, index) => `job_${String(index)}`);
    const singles = jobIds.slice(2_000).map((jobId) => queue.addEntries(provider, [{ jobId, priority: 5 }]));
    await Promise.all([
      queue.addEntries(
        provider,
        jobIds.slice(0, 2_000).map((jobId) => ({ jobId, priority: 5 })),
      ),
      ...singles,
    ]);
    expect((await queue.depth(provider)).waiting).toBe(3_000);
    const mine = collect(queue, 20);
    const theirs = collect(await test.another(), 20);
    await until(() => mine.got.length + theirs.got.length >= 3_000, 30_000);
    expect([...mine.got, ...theirs.got].sort()).toEqual([...jobIds].sort());
    expect(Math.min(mine.got.length, theirs.got.length)).toBeGreaterThan(0);
    await Promise.all([mine.consumer.close(), theirs.consumer.close()]);
  }, 60_000);

  it('takes entries off again', async () => {
    await queue.addEntries(provider, [
      { jobId: 'job_a', priority: 5 },
      { jobId: 'job_b', priority: 5, delayMs: 60_000 },
    ]);
    await queue.removeEntries(provider, ['job_a', 'job_b', 'job_unknown']);
    expect(await queue.depth(provider)).toEqual({ waiting: 0, delayed: 0, active: 0 });
  });

  it('holds no more entries than asked for, and gives those it holds back when it is closed', async () => {
    let room: () => void = () => undefined;
    const full = new Promise<void>((resolve) => (room = resolve));
    const held: string[] = [];
    const consumer = queue.consumeEntries(provider, {
      concurrency: 2,
      onEntry: async (jobId) => {
        held.push(jobId);
        await full;
      },
    });
    await queue.addEntries(
      provider,
      ['job_a', 'job_b', 'job_c'].map((jobId) => ({ jobId, priority: 5 })),
    );
    await until(() => held.length === 2);
    expect(await queue.depth(provider)).toEqual({ waiting: 1, delayed: 0, active: 2 });
    await consumer.close();
    expect(await queue.depth(provider)).toEqual({ waiting: 3, delayed: 0, active: 0 });
    room();
    const next = collect(await test.another());
    await until(() => next.got.length === 3);
    expect(next.got.sort()).toEqual(['job_a', 'job_b', 'job_c']);
    await next.consumer.close();
  });

  it('lets an entry go whose consumer rejects, and goes on', async () => {
    const got: string[] = [];
    const consumer = queue.consumeEntries(provider, {
      concurrency: 1,
      onEntry: async (jobId) => {
        got.push(jobId);
        if (jobId === 'job_bad') throw new Error('not now');
      },
    });
    await queue.addEntries(provider, [
      { jobId: 'job_bad', priority: 0 },
      { jobId: 'job_good', priority: 1 },
    ]);
    await until(async () => got.length === 2 && (await queue.depth(provider)).active === 0);
    expect(got).toEqual(['job_bad', 'job_good']);
    expect(await queue.depth(provider)).toEqual({ waiting: 0, delayed: 0, active: 0 });
    await consumer.close();
  });

  it.each([
    { jobId: '12', priority: 5 },
    { jobId: 'a:b', priority: 5 },
    { jobId: '', priority: 5 },
    { jobId: 'job_a', priority: 10 },
    { jobId: 'job_a', priority: 0.5 },
    { jobId: 'job_a', priority: 5, delayMs: -1 },
    { jobId: 'job_a', priority: 5, delayMs: Number.NaN },
  ])('refuses %j, and adds none of its company', async (entry) => {
    await expect(queue.addEntries(provider, [{ jobId: 'job_ok', priority: 5 }, entry])).rejects.toThrow(RangeError);
    expect((await queue.depth(provider)).waiting).toBe(0);
  });

  it('refuses entries once it is closed, and closes as often as asked', async () => {
    const closed = await test.another();
    await Promise.all([closed.close(), closed.close()]);
    await expect(closed.addEntries(provider, [{ jobId: 'job_a', priority: 5 }])).rejects.toThrow(QueueUnavailableError);
  });
});
