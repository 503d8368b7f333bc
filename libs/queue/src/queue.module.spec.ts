import { InjectQueue, Processor, WorkerHost } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { Job } from 'bullmq';

import { EntryQueue } from './entries/entry-queue.js';
import { Queue, QueueModule, QueueUnavailableError } from './index.js';
import { createTestQueue, describeEngines, type TestQueue } from './testing.js';
import { until } from './__fixtures__/poll.js';
import { createQueueDatabase, type QueueDatabase } from './__fixtures__/test-pool.js';

@Injectable()
class Producer {
  constructor(
    readonly queue: Queue,
    @InjectQueue('alpha') readonly alpha: EntryQueue,
  ) {}
}

@Processor('beta')
class BetaProcessor extends WorkerHost {
  readonly got: (string | undefined)[] = [];

  override async process(entry: Job): Promise<void> {
    this.got.push(entry.id);
  }
}

describeEngines('QueueModule', (engine) => {
  let database: QueueDatabase | undefined;
  let test: TestQueue;
  let module: TestingModule;

  beforeAll(async () => {
    database = engine === 'postgres' ? await createQueueDatabase() : undefined;
    test = await createTestQueue(engine, { postgresPool: database?.pool });
    module = await Test.createTestingModule({
      imports: [QueueModule.forRoot(test.queue, ['alpha', 'beta'])],
      providers: [Producer, BetaProcessor],
    }).compile();
    await module.init();
  });

  afterAll(async () => {
    await test.close();
    await database?.drop();
  });

  it('gives out the queue, and one BullMQ queue for each provider that both ways share', async () => {
    const producer = module.get(Producer);
    expect(producer.queue).toBe(test.queue);
    expect(producer.alpha).toBeInstanceOf(EntryQueue);
    await producer.queue.addEntries('alpha', [{ jobId: 'job_a', priority: 5 }]);
    expect(await producer.alpha.getJobCounts('prioritized')).toEqual({ prioritized: 1 });
    expect(test.queue.link.queues.get('alpha')).toBe(producer.alpha);
  });

  it('serves a provider that came later', async () => {
    await test.queue.addEntries('gamma', [{ jobId: 'job_a', priority: 5 }]);
    expect(await test.queue.depth('gamma')).toMatchObject({ waiting: 1 });
  });

  it("runs processors of @nestjs/bullmq over the queue's own connections", async () => {
    await test.queue.addEntries('beta', [{ jobId: 'job_b', priority: 5 }]);
    const processor = module.get(BetaProcessor);
    await until(() => processor.got.length === 1);
    expect(processor.got).toEqual(['job_b']);
  });

  it('closes with the application', async () => {
    await module.close();
    await expect(test.queue.addEntries('alpha', [{ jobId: 'job_c', priority: 5 }])).rejects.toThrow(
      QueueUnavailableError,
    );
    expect(test.queue.available).toBe(false);
  });
});
