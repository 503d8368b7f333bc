import type { Queue, Signal } from './index.js';
import { createTestQueue, describeEngines, type TestQueue } from './testing.js';
import { until } from './__fixtures__/poll.js';
import { createQueueDatabase, type QueueDatabase } from './__fixtures__/test-pool.js';

describeEngines('signals', (engine) => {
  let database: QueueDatabase | undefined;
  let test: TestQueue;
  let sender: Queue;
  let receiver: Queue;
  let channel: string;
  let channels = 0;

  beforeAll(async () => {
    database = engine === 'postgres' ? await createQueueDatabase() : undefined;
    test = await createTestQueue(engine, { postgresPool: database?.pool });
    sender = test.queue;
    receiver = await test.another();
  });

  afterAll(async () => {
    await test.close();
    await database?.drop();
  });

  beforeEach(() => {
    channel = `channel-${String((channels += 1))}`;
  });

  async function listen(pattern: string, queue = receiver): Promise<{ got: Signal[]; stop: () => void }> {
    const got: Signal[] = [];
    const stop = await queue.subscribe(pattern, (signal) => void got.push(signal));
    return { got, stop };
  }

  it('reaches those who listen to the topic, in every process, and nobody else', async () => {
    const topic = `${channel}.job_a.finished`;
    const [here, there] = [await listen(topic, sender), await listen(topic)];
    const other = await listen(`${channel}.job_b.finished`);
    sender.publish(topic, { status: 'succeeded', cost: '0.02', nothing: null });
    sender.publish(`${channel}.job_b.finished`, 'b');
    await until(() => here.got.length === 1 && there.got.length === 1 && other.got.length === 1);
    expect(there.got).toEqual([{ topic, data: { status: 'succeeded', cost: '0.02', nothing: null } }]);
    expect(other.got.map(({ data }) => data)).toEqual(['b']);
  });

  it('reaches those who listen by pattern', async () => {
    const one = await listen(`${channel}.*.finished`);
    const all = await listen(`${channel}.>`);
    for (const rest of ['a.finished', 'a.started', 'a.b.finished', 'b.finished'])
      sender.publish(`${channel}.${rest}`, null);
    await until(() => all.got.length === 4);
    expect(one.got.map(({ topic }) => topic)).toEqual([`${channel}.a.finished`, `${channel}.b.finished`]);
  });

  it('keeps the order of a channel through a burst, and loses none of it', async () => {
    const { got } = await listen(`${channel}.>`);
    const count = 3_000;
    for (let index = 0; index < count; index += 1) {
      sender.publish(`${channel}.topic-${String(index % 7)}`, { index, text: 'x'.repeat(200) });
      if (index % 100 === 0) await new Promise(setImmediate);
    }
    await until(() => got.length >= count, 30_000);
    expect(got.map(({ data }) => (data as { index: number }).index)).toEqual(
      Array.from({ length: count }, (_, index) => index),
    );
    expect(sender.droppedSignals).toBe(0);
  }, 40_000);

  it('is not kept for those who come later, nor sent to those who have left', async () => {
    const topic = `${channel}.a`;
    const gone = await listen(topic);
    gone.stop();
    gone.stop();
    const stays = await listen(topic);
    sender.publish(topic, 1);
    await until(() => stays.got.length === 1);
    const late = await listen(topic);
    sender.publish(topic, 2);
    await until(() => stays.got.length === 2);
    expect(late.got.map(({ data }) => data)).toEqual([2]);
    expect(gone.got).toEqual([]);
  });

  it('calls the others when one listener throws', async () => {
    await receiver.subscribe(`${channel}.a`, () => {
      throw new Error('a listener at fault');
    });
    const { got } = await listen(`${channel}.a`);
    sender.publish(`${channel}.a`, 1);
    await until(() => got.length === 1);
  });

  it('carries a large answer, and drops and counts what is too large or cannot be said', async () => {
    const { got } = await listen(`${channel}.a`);
    const before = sender.droppedSignals;
    const answer = '€"\\'.repeat(20_000);
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    sender.publish(`${channel}.a`, 'x'.repeat(200 * 1024));
    sender.publish(`${channel}.a`, 1n);
    sender.publish(`${channel}.a`, circular);
    sender.publish(`${channel}.*`, 'no topic');
    for (let index = 0; index < 4; index += 1) sender.publish(`${channel}.a`, answer);
    await until(() => got.length === 4);
    expect(got.every(({ data }) => data === answer)).toBe(true);
    expect(sender.droppedSignals - before).toBe(4);
  });

  it('costs no round trip to listen on a channel that is listened to', async () => {
    const first = await listen(`${channel}.>`);
    const start = performance.now();
    const waiting = await Promise.all(
      Array.from({ length: 2_000 }, (_, index) => listen(`${channel}.job_${String(index)}`)),
    );
    expect(performance.now() - start).toBeLessThan(1_000);
    sender.publish(`${channel}.job_1999`, 'done');
    await until(() => first.got.length === 1);
    expect(waiting.flatMap(({ got }) => got)).toEqual([{ topic: `${channel}.job_1999`, data: 'done' }]);
  });

  it.each(['', '>', '*.a', 'a..b', 'a b'])('refuses to listen to %j', async (pattern) => {
    await expect(receiver.subscribe(pattern, () => undefined)).rejects.toThrow(RangeError);
  });
});
