import type { JobStatus } from '@switchyard/contract';

/** The states of an attempt. `reserved` holds money and has not started. */
export type AttemptState = 'reserved' | 'started' | 'released' | 'succeeded' | 'failed' | 'canceled' | 'unknown';

/**
 * Where a job may go from each state. `running` goes back to `queued` for a retry, the next target, or a lost epoch.
 * The SQL functions do nothing else; a property test holds them against this table.
 */
export const JOB_TRANSITIONS: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  queued: ['running', 'canceled', 'expired', 'failed'],
  running: ['queued', 'succeeded', 'failed', 'canceled'],
  succeeded: [],
  failed: [],
  canceled: [],
  expired: [],
};

/** Where an attempt may go from each state. */
export const ATTEMPT_TRANSITIONS: Readonly<Record<AttemptState, readonly AttemptState[]>> = {
  reserved: ['started', 'released'],
  started: ['succeeded', 'failed', 'canceled', 'unknown'],
  released: [],
  succeeded: [],
  failed: [],
  canceled: [],
  unknown: [],
};
