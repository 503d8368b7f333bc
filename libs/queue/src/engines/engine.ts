import type { BackendFactory, IQueueBackend, Relay } from 'bullmq';

import type { Availability } from '../availability.js';
import type { EntryQueue } from '../entries/entry-queue.js';

/** The store behind the queue. It owns every connection; BullMQ's classes only borrow them. */
export interface Engine {
  readonly name: 'postgres' | 'redis';
  /** Seconds that an idle consumer waits for a wake-up before it looks by itself. */
  readonly idleWaitSeconds: number;
  /** Builds the backend of one queue or one consumer, over the engine's own connections. */
  readonly createBackend: BackendFactory<IQueueBackend, EngineLink>;
  /** @param name shown beside the node in dashboards. */
  createRelay(name: string): Relay<never>;
  /** Waits for the store's first answer, for ever if need be. @throws UnusableStoreError and BullMQ's schema errors. */
  open(): Promise<void>;
  /** Resolves when the store answers now, and rejects when it does not. */
  probe(): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * What our BullMQ classes get as their `connection`: @nestjs/bullmq passes that option on untouched, and so the same
 * classes work whether it makes them or we do.
 */
export interface EngineLink {
  readonly engine: Engine;
  readonly availability: Availability;
  /** By provider, whoever made them. */
  readonly queues: Map<string, EntryQueue>;
}

/** Timing of the relay: a node that vanished is forgotten after its lease, a lost registration noticed by a heartbeat. */
export const RELAY_TIMING = { leaseDuration: 15_000, heartbeatInterval: 3_000, blockTimeout: 20_000 } as const;

/** The store answers, but can never be used as it is configured. */
export class UnusableStoreError extends Error {
  override readonly name = 'UnusableStoreError';
}
