import {
  CALL_TIMEOUT,
  CallTimeoutError,
  PROVIDER_ERROR_CODES,
  ProviderError,
  type ErrorBody,
  type FallbackKind,
} from '@switchyard/contract';
import {
  LeftTooLate,
  TIMEOUT_ERROR,
  type ClaimedJob,
  type Mend,
  type Plan,
  type SettledJob,
  type Settlement,
} from '@switchyard/jobs';
import { CanceledByClient, DeadlinePassed, LeaseInDoubt, ShuttingDown } from './abort-reasons.js';
import { describeUsedUp, type LeftTarget } from './describe-used-up.js';

/** Attempts at one target that count: network, overload and timeouts. */
const MAX_TRIES = 3;
/** A rate limit is waited for at most this long where the plan goes on, and where it does not, in milliseconds. */
const MAX_WAIT_BEFORE_NEXT_MS = 60_000;
const MAX_WAIT_MS = 60 * 60_000;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;
const FIRST_WAIT_MS = 1_000;
const MAX_FIRST_WAIT_MS = 60_000;

/** How a failed attempt ends and how its job goes on. */
export interface Judgement {
  readonly state: Settlement['state'];
  readonly call: Settlement['call'];
  readonly error?: ErrorBody;
  /** Of the job, where it ends with more to say than its last attempt. */
  readonly jobError?: ErrorBody;
  readonly then: SettledJob;
  /**
   * What is paid for: nothing where the vendor refused or has seen no request, the prompt where the client cut the
   * answer off, and all that was reserved where nobody knows what the vendor did.
   */
  readonly charge: 'nothing' | 'prompt' | 'reserved';
}

/** What the judgement depends on besides the failure. */
export interface JudgedAttempt {
  readonly job: Pick<ClaimedJob, 'tries' | 'waits'>;
  /** Whether a byte of the request may have left. */
  readonly sent: boolean;
  /** Until the job's deadline, now. */
  readonly remainingMs: number;
  /** How often a job may wait for one target's rate limit. */
  readonly maxWaits: number;
  /** How these waits grow where the vendor says nothing. Default exponential. */
  readonly waitsGrow?: 'linear' | 'exponential';
  /** 0 to 1; spreads backoffs. */
  readonly jitter: number;
  /** For which errors the job goes on elsewhere. */
  readonly fallbackOn: Plan['fallbackOn'];
  /** The target that the attempt was made at is not the last of its plan. */
  readonly hasNext: boolean;
  /** The targets before it, and why the job left them. */
  readonly left: readonly LeftTarget[];
  /** The target itself. */
  readonly target: Pick<LeftTarget, 'provider' | 'model'>;
  /** How the request can be mended for the vendor that refused it; undefined where it cannot, or was before. */
  readonly mend?: Mend | undefined;
}

/** Decides by the table of error codes. Pure. */
export function judgeFailure(failure: unknown, attempt: JudgedAttempt): Judgement {
  if (failure instanceof CanceledByClient) {
    const fate = attempt.sent ? ({ call: 'unknown', charge: 'prompt' } as const) : UNSENT;
    return { ...fate, state: 'canceled', then: { outcome: 'canceled' } };
  }
  if (failure instanceof DeadlinePassed) {
    return { ...cutOff(attempt, 'failed'), error: TIMEOUT_ERROR, then: { outcome: 'failed' } };
  }
  if (failure instanceof ShuttingDown || failure instanceof LeaseInDoubt || failure instanceof LeftTooLate) {
    return { ...cutOff(attempt, 'canceled'), then: { outcome: null, parkMs: 0, countsAs: 'nothing' } };
  }
  if (failure instanceof CallTimeoutError) {
    const error: ErrorBody = {
      type: 'timeout_error',
      code: 'timeout_error',
      message: `${failure.message} ${CALL_TIMEOUT.mend}`,
      retryable: true,
    };
    return { ...cutOff(attempt, 'failed'), error, ...goOn(tryAgain(attempt), CALL_TIMEOUT.fallback, error, attempt) };
  }
  if (failure instanceof ProviderError) return judgeProviderError(failure, attempt);
  const error: ErrorBody = {
    type: 'internal_error',
    code: 'internal_error',
    message: 'The worker failed to run the job; its log says why.',
    retryable: true,
  };
  return { ...cutOff(attempt, 'failed'), error, ...goOn(undefined, 'any', error, attempt) };
}

const UNSENT = { call: 'unsent', charge: 'nothing' } as const;
/** The vendor may have done all of the work, or none of it. */
const UNKNOWN = { state: 'unknown', call: 'unknown', charge: 'reserved' } as const;

/** An attempt without an answer. @param otherwise its state where the vendor has seen nothing of it */
function cutOff(
  { sent }: JudgedAttempt,
  otherwise: 'failed' | 'canceled',
): Pick<Judgement, 'state' | 'call' | 'charge'> {
  return sent ? UNKNOWN : { ...UNSENT, state: otherwise };
}

function judgeProviderError(failure: ProviderError, attempt: JudgedAttempt): Judgement {
  const error = describeProviderError(failure);
  const { fallback } = PROVIDER_ERROR_CODES[failure.code];
  return { ...fateOf(failure, attempt), error, ...goOn(stay(failure, attempt), fallback, error, attempt) };
}

function fateOf(failure: ProviderError, attempt: JudgedAttempt): Pick<Judgement, 'state' | 'call' | 'charge'> {
  if (failure.refused) return { state: 'failed', call: 'answered', charge: 'nothing' };
  const brokeOff = failure.code === 'network' || failure.code === 'stream_interrupted';
  const sent = attempt.sent || failure.reachedVendor;
  if (brokeOff || !sent) return cutOff({ ...attempt, sent }, 'failed');
  // An answer came and could not be used; what it cost, only its vendor knows.
  return { state: 'failed', call: 'answered', charge: 'reserved' };
}

/** What the call needs is being made ready meanwhile. */
function isAwaited({ code, reachedVendor, retryAfterSeconds }: ProviderError): boolean {
  return code === 'model_unavailable' && !reachedVendor && retryAfterSeconds !== undefined;
}

/** Another attempt at the same target; undefined where there is to be none. */
function stay(failure: ProviderError, attempt: JudgedAttempt): SettledJob | undefined {
  if (isAwaited(failure)) return awaitReady(attempt, failure.retryAfterSeconds);
  const { verdict } = PROVIDER_ERROR_CODES[failure.code];
  switch (verdict) {
    case 'retry':
      return tryAgain(attempt, failure.retryAfterSeconds);
    case 'wait':
      return waitFor(attempt, failure.retryAfterSeconds);
    case 'mend':
      return attempt.mend && { outcome: null, parkMs: 0, countsAs: 'nothing', mend: attempt.mend };
    case 'leave':
      return undefined;
  }
}

/** Stays, goes on at the next target, or ends, with all targets used up where it was at several. */
function goOn(
  staying: SettledJob | undefined,
  fallback: FallbackKind | 'any' | 'never',
  error: ErrorBody,
  attempt: JudgedAttempt,
): Pick<Judgement, 'then' | 'jobError'> {
  if (staying) return { then: staying };
  if (!movesOn(fallback, attempt)) return { then: { outcome: 'failed' } };
  if (attempt.hasNext) return { then: { outcome: 'moved' } };
  const usedUp =
    attempt.left.length === 0 ? {} : { jobError: describeUsedUp([...attempt.left, { ...attempt.target, error }]) };
  return { then: { outcome: 'failed' }, ...usedUp };
}

function movesOn(fallback: FallbackKind | 'any' | 'never', { fallbackOn }: JudgedAttempt): boolean {
  if (fallback === 'never') return false;
  return fallbackOn === 'any' || (fallback !== 'any' && fallbackOn.includes(fallback));
}

function tryAgain({ job, remainingMs, jitter }: JudgedAttempt, retryAfterSeconds = 0): SettledJob | undefined {
  const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** job.tries, MAX_BACKOFF_MS) * (0.5 + jitter / 2);
  const parkMs = Math.max(backoff, retryAfterSeconds * 1_000);
  if (job.tries + 1 >= MAX_TRIES || parkMs >= remainingMs) return undefined;
  return { outcome: null, parkMs, countsAs: 'try' };
}

function waitFor(attempt: JudgedAttempt, retryAfterSeconds?: number): SettledJob | undefined {
  const { job, remainingMs, maxWaits, waitsGrow, jitter } = attempt;
  const growth = waitsGrow === 'linear' ? job.waits + 1 : 2 ** job.waits;
  const backoff = Math.min(FIRST_WAIT_MS * growth, MAX_FIRST_WAIT_MS) * (1 + jitter / 4);
  const parkMs = retryAfterSeconds === undefined ? backoff : Math.max(retryAfterSeconds * 1_000, FIRST_WAIT_MS / 10);
  const mostMs = attempt.hasNext && movesOn('rate_limit', attempt) ? MAX_WAIT_BEFORE_NEXT_MS : MAX_WAIT_MS;
  if (job.waits >= maxWaits || parkMs > mostMs || parkMs >= remainingMs) return undefined;
  return { outcome: null, parkMs, countsAs: 'wait' };
}

/** It counts as no try; only the job's own time bounds it. */
function awaitReady({ remainingMs }: JudgedAttempt, retryAfterSeconds = 0): SettledJob | undefined {
  const parkMs = retryAfterSeconds * 1_000;
  return parkMs >= remainingMs ? undefined : { outcome: null, parkMs, countsAs: 'nothing' };
}

/** The error that a job shows for a code of the table. */
function describeProviderError(failure: ProviderError): ErrorBody {
  const { code, message, retryAfterSeconds } = failure;
  const { verdict, mend } = PROVIDER_ERROR_CODES[code];
  const awaited = isAwaited(failure);
  return {
    type: code === 'content_filtered' ? 'content_filtered' : 'provider_error',
    code,
    message: `${message} ${awaited ? 'Retry the job once it is ready.' : mend}`,
    retryable: awaited || verdict === 'retry' || verdict === 'wait',
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}
