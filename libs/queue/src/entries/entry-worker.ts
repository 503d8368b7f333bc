import { Worker, type IQueueBackend, type JobProgress, type Processor, type WorkerOptions } from 'bullmq';

import type { EngineLink } from '../engines/engine.js';
import type { EntryData } from './entry-queue.js';

/** Pause after a failed fetch; BullMQ's loop has none for most errors and would spin. */
const FETCH_RETRY_MS = 500;
/** An entry whose consumer died is delivered again after one to two of these. */
const STALLED_AFTER_MS = 30_000;
/** A wake-up harms nobody however often it comes, so it is not given up for having met crashes. */
const STALLS_ALLOWED = 1_000;

/** The BullMQ worker of one provider's queue; made by us or by @nestjs/bullmq, always of this class. */
export class EntryWorker extends Worker<EntryData, void, string, IQueueBackend, JobProgress, EngineLink> {
  constructor(name: string, processor: Processor<EntryData, void> | null, options: WorkerOptions<EngineLink>) {
    const { engine, availability } = options.connection;
    const defaults = {
      drainDelay: engine.idleWaitSeconds,
      lockDuration: STALLED_AFTER_MS,
      stalledInterval: STALLED_AFTER_MS,
      maxStalledCount: STALLS_ALLOWED,
      runRetryDelay: FETCH_RETRY_MS,
    };
    super(name, processor, { ...defaults, ...options }, engine.createBackend);
    // Without a listener an error would end the process.
    this.on('error', availability.suspect);
  }

  protected override async moveToActive(
    token: string,
    name?: string,
  ): ReturnType<Worker<EntryData, void>['moveToActive']> {
    try {
      return await super.moveToActive(token, name);
    } catch (error) {
      this.opts.connection.availability.suspect(error);
      if (!this.closing) await this.delay(FETCH_RETRY_MS);
      throw error;
    }
  }
}
