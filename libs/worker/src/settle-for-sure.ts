import { isUnavailable, type Settlement, type Settler, type SettleVerdict } from '@switchyard/jobs';
import type { Logger } from '@switchyard/telemetry';
import { EpochLost } from './abort-reasons.js';

const FIRST_PAUSE_MS = 50;
/** Within two seconds of an outage work goes on, and what was answered in it is settled. */
const MAX_PAUSE_MS = 1_000;
/** Once the process goes down, settling is tried this long. */
const HURRIED_LIMIT_MS = 2_000;
/** A settlement that the database refuses this often is given up for one that says so. */
const MAX_REFUSALS = 3;

/** What may end or hurry a settlement. */
interface SettledJob {
  /** That of the job; settling ends when its reason is that the epoch is lost. */
  readonly abort: AbortSignal;
  /** Aborted when the process has no more time: settling is tried at once, and a little longer. */
  readonly hurried: AbortSignal;
  readonly logger: Logger;
}

/**
 * Settles until the database has taken it or says that the epoch is gone: an answer that was paid for is never
 * thrown away because the database was. One that the database refuses (a vendor may report any number) ends its job all
 * the same: it fails, at what it reserved.
 */
export async function settleForSure(settler: Settler, settlement: Settlement, job: SettledJob): Promise<SettleVerdict> {
  const limit = limitAfter(job.hurried);
  let refusals = 0;
  try {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
      if (job.abort.reason instanceof EpochLost || limit.signal.aborted) return 'stale';
      try {
        const settled = settler.settle(refusals < MAX_REFUSALS ? settlement : unstorable(settlement));
        return await Promise.race([settled, limit.expired]);
      } catch (error) {
        if (pause === FIRST_PAUSE_MS)
          job.logger.warn({ job: settlement.job.id, error }, 'settling fails; it is tried again until it is done');
        if (!isUnavailable(error)) refusals += 1;
      }
      await pauseFor(pause, [job.abort, job.hurried, limit.signal]);
    }
  } finally {
    limit.forget();
  }
}

interface Limit {
  readonly signal: AbortSignal;
  readonly expired: Promise<'stale'>;
  forget(): void;
}

/** A limit that begins to run when the process hurries. */
function limitAfter(hurried: AbortSignal): Limit {
  const limit = new AbortController();
  const { signal } = limit;
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => limit.abort(), HURRIED_LIMIT_MS);
  };
  if (hurried.aborted) begin();
  else hurried.addEventListener('abort', begin, { once: true });
  return {
    signal,
    expired: new Promise((resolve) => signal.addEventListener('abort', () => resolve('stale'), { once: true })),
    forget() {
      clearTimeout(timer);
      hurried.removeEventListener('abort', begin);
    },
  };
}

/** Resolves after so many milliseconds, or when one of the signals aborts that has not yet. */
function pauseFor(milliseconds: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const woken = AbortSignal.any(signals.filter(({ aborted }) => !aborted));
    const end = (): void => {
      clearTimeout(timer);
      woken.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    woken.addEventListener('abort', end);
  });
}

function unstorable({ job, call }: Settlement): Settlement {
  return {
    job,
    state: 'failed',
    call,
    cost: null,
    estimated: true,
    error: {
      type: 'internal_error',
      code: 'unstorable_result',
      message: "What the provider answered could not be stored; the worker's log says why. Retry the job.",
      retryable: true,
    },
    then: { outcome: 'failed' },
  };
}
