import { Queue as BullQueue, type IQueueBackend, type QueueOptions } from 'bullmq';

import type { EngineLink } from '../engines/engine.js';

/** An entry carries no data: its id is the job's, and everything else stands in the database. */
export type EntryData = Record<string, never>;

/** BullMQ keeps a history of events for listeners that we do not have; this is how many it keeps per queue. */
const EVENTS_KEPT = 100;

/** The BullMQ queue of one provider; made by us or by @nestjs/bullmq, always of this class. */
export class EntryQueue extends BullQueue<EntryData, void, string, EntryData, void, string, IQueueBackend, EngineLink> {
  constructor(name: string, options: QueueOptions<EngineLink>) {
    const { engine, availability, queues } = options.connection;
    super(name, { streams: { events: { maxLen: EVENTS_KEPT } }, ...options }, engine.createBackend);
    // Without a listener an error would end the process.
    this.on('error', availability.suspect);
    if (!queues.has(name)) queues.set(name, this);
  }
}
