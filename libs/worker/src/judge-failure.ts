import {
  CallTimeoutError,
  PROVIDER_ERROR_CODES,
  ProviderError,
  type ErrorBody,
  type ProviderErrorCode,
} from '@switchyard/contract';
import { TIMEOUT_ERROR, type ClaimedJob, type SettledJob, type Settlement } from '@switchyard/jobs';
import { CanceledByClient, DeadlinePassed, ShuttingDown } from './abort-reasons.js';

/** Attempts at one target that count: network, overload and timeouts. */
const MAX_TRIES = 3;
/** A vendor's rate limit is waited for at most this long, in milliseconds. */
const MAX_WAIT_MS = 60 * 60_000;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;
const FIRST_WAIT_MS = 1_000;
const MAX_FIRST_WAIT_MS = 60_000;

/** How a failed attempt ends and how its job goes on; what it cost is decided elsewhere. */
export interface Judgement {
  readonly state: Settlement['state'];
  readonly call: Settlement['call'];
  readonly error?: ErrorBody;
  readonly then: SettledJob;
  /** The vendor may have worked before the answer was cut off: charged for what it was sent. */
  readonly chargeable: boolean;
}

/** What the judgement depends on besides the failure. */
export interface JudgedAttempt {
  readonly job: Pick<ClaimedJob, 'tries' | 'waits'>;
  /** Until the job's deadline, now. */
  readonly remainingMs: number;
  /** How often a job may wait for one target's rate limit. */
  readonly maxWaits: number;
  /** 0 to 1; spreads backoffs. */
  readonly jitter: number;
}

/** Decides by the table of error codes. Pure. */
export function judgeFailure(failure: unknown, attempt: JudgedAttempt): Judgement {
  if (failure instanceof CanceledByClient) {
    return { state: 'canceled', call: 'failed', then: { outcome: 'canceled' }, chargeable: true };
  }
  if (failure instanceof DeadlinePassed) {
    return { state: 'failed', call: 'failed', error: TIMEOUT_ERROR, then: { outcome: 'failed' }, chargeable: true };
  }
  if (failure instanceof ShuttingDown) {
    const then: SettledJob = { outcome: null, parkMs: 0, countsAs: 'nothing' };
    return { state: 'canceled', call: 'failed', then, chargeable: true };
  }
  if (failure instanceof CallTimeoutError) {
    const error: ErrorBody = {
      type: 'timeout_error',
      code: 'timeout_error',
      message: `${failure.message} Raise the provider's timeouts, or retry the job.`,
      retryable: true,
    };
    const sent = failure.limit !== 'connect';
    return { state: 'failed', call: sent ? 'failed' : 'unsent', error, then: tryAgain(attempt), chargeable: sent };
  }
  if (failure instanceof ProviderError) return judgeProviderError(failure, attempt);
  const error: ErrorBody = {
    type: 'internal_error',
    code: 'internal_error',
    message: 'The worker failed to run the job; its log says why.',
    retryable: true,
  };
  return { state: 'failed', call: 'unknown', error, then: { outcome: 'failed' }, chargeable: false };
}

function judgeProviderError(failure: ProviderError, attempt: JudgedAttempt): Judgement {
  const error = describeProviderError(failure.code, failure.message, failure.retryAfterSeconds);
  const call = failure.reachedVendor ? (failure.status === undefined ? 'failed' : 'answered') : 'unsent';
  return { state: 'failed', call, error, then: goOn(failure, attempt), chargeable: false };
}

function goOn(failure: ProviderError, attempt: JudgedAttempt): SettledJob {
  const { verdict } = PROVIDER_ERROR_CODES[failure.code];
  switch (verdict) {
    case 'retry':
      return tryAgain(attempt, failure.retryAfterSeconds);
    case 'wait':
      return waitFor(attempt, failure.retryAfterSeconds);
    case 'next':
    case 'fail':
      return { outcome: 'failed' };
  }
}

function tryAgain({ job, remainingMs, jitter }: JudgedAttempt, retryAfterSeconds = 0): SettledJob {
  const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** job.tries, MAX_BACKOFF_MS) * (0.5 + jitter / 2);
  const parkMs = Math.max(backoff, retryAfterSeconds * 1_000);
  if (job.tries + 1 >= MAX_TRIES || parkMs >= remainingMs) return { outcome: 'failed' };
  return { outcome: null, parkMs, countsAs: 'try' };
}

function waitFor({ job, remainingMs, maxWaits, jitter }: JudgedAttempt, retryAfterSeconds?: number): SettledJob {
  const backoff = Math.min(FIRST_WAIT_MS * 2 ** job.waits, MAX_FIRST_WAIT_MS) * (1 + jitter / 4);
  const parkMs = retryAfterSeconds === undefined ? backoff : Math.max(retryAfterSeconds * 1_000, FIRST_WAIT_MS / 10);
  if (job.waits >= maxWaits || parkMs > MAX_WAIT_MS || parkMs >= remainingMs) return { outcome: 'failed' };
  return { outcome: null, parkMs, countsAs: 'wait' };
}

/** The error that a job shows for a code of the table. */
function describeProviderError(code: ProviderErrorCode, message: string, retryAfterSeconds?: number): ErrorBody {
  const { verdict, mend } = PROVIDER_ERROR_CODES[code];
  return {
    type: 'provider_error',
    code,
    message: `${message} ${mend}`,
    retryable: verdict === 'retry' || verdict === 'wait',
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}
