export type { QueueLogger } from './availability.js';
export { QueueUnavailableError } from './bounded.js';
export type { ConsumeOptions, EntryConsumer, QueueDepth } from './entries/entries.js';
export type { Entry } from './entries/entry.js';
export { QUEUE_POOL_OPTIONS } from './migrate.js';
export { openQueue, type QueueSettings } from './open-queue.js';
export { Queue } from './queue.js';
export { QueueModule } from './queue.module.js';
export type { Signal, SignalListener } from './signals/listener-table.js';
