import { BullModule } from '@nestjs/bullmq';
import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';

import { EntryQueue } from './entries/entry-queue.js';
import { EntryWorker } from './entries/entry-worker.js';
import { Queue } from './queue.js';

/**
 * The queue inside a Nest application: `Queue` can be injected everywhere, `@InjectQueue(provider)` and
 * `@Processor(provider)` of @nestjs/bullmq work, and all is closed at the application's shutdown. Providers that come
 * later need nothing: `Queue` makes what it does not know yet.
 */
@Module({})
export class QueueModule implements OnApplicationShutdown {
  constructor(@Inject(Queue) private readonly queue: Queue) {}

  /** @param providers are the names that the configuration has at boot. */
  static forRoot(queue: Queue, providers: readonly string[]): DynamicModule {
    BullModule.queueClass = EntryQueue;
    BullModule.workerClass = EntryWorker;
    return {
      module: QueueModule,
      global: true,
      imports: [
        BullModule.forRoot({ connection: { ...queue.link } }),
        BullModule.registerQueue(...providers.map((name) => ({ name }))),
      ],
      providers: [{ provide: Queue, useValue: queue }],
      exports: [Queue, BullModule],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.queue.close();
  }
}
