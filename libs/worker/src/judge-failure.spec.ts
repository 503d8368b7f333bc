import { CallTimeoutError, PROVIDER_ERROR_CODES, ProviderError, type ProviderErrorCode } from '@switchyard/contract';
import { CanceledByClient, DeadlinePassed, ShuttingDown } from './abort-reasons.js';
import { judgeFailure, type JudgedAttempt } from './judge-failure.js';

const FRESH: JudgedAttempt = { job: { tries: 0, waits: 0 }, remainingMs: 600_000, maxWaits: 3, jitter: 1 };

describe('judgeFailure', () => {
  const codes = Object.keys(PROVIDER_ERROR_CODES) as ProviderErrorCode[];

  it.each(codes)('does with %s what the table says', (code) => {
    const { error, state, then } = judgeFailure(new ProviderError(code, 'The vendor failed.'), FRESH);
    const { verdict, mend } = PROVIDER_ERROR_CODES[code];
    expect(state).toBe('failed');
    expect(error).toMatchObject({ type: 'provider_error', code, message: `The vendor failed. ${mend}` });
    if (verdict === 'retry') expect(then).toMatchObject({ outcome: null, countsAs: 'try' });
    else if (verdict === 'wait') expect(then).toMatchObject({ outcome: null, countsAs: 'wait' });
    else expect(then).toEqual({ outcome: 'failed' });
  });

  it('tries a target three times, each after a longer backoff', () => {
    const failure = new ProviderError('network', 'gone');
    const after = (tries: number) => judgeFailure(failure, { ...FRESH, job: { tries, waits: 0 } }).then;
    expect(after(0)).toEqual({ outcome: null, parkMs: 500, countsAs: 'try' });
    expect(after(1)).toEqual({ outcome: null, parkMs: 1_000, countsAs: 'try' });
    expect(after(2)).toEqual({ outcome: 'failed' });
  });

  it('spreads backoffs', () => {
    const failure = new ProviderError('overloaded', 'busy');
    expect(judgeFailure(failure, { ...FRESH, jitter: 0 }).then).toMatchObject({ parkMs: 250 });
  });

  it.each([
    ['as long as the vendor says', 7, { outcome: null, parkMs: 7_000, countsAs: 'wait' }],
    ['not at all for 0, or next to it', 0, { outcome: null, parkMs: 100, countsAs: 'wait' }],
    ['not past the end of the job', 601, { outcome: 'failed' }],
    ['never over an hour', 3_601, { outcome: 'failed' }],
  ])('waits for a rate limit %s', (_, retryAfterSeconds, expected) => {
    const failure = new ProviderError('rate_limited', 'slow down', { retryAfterSeconds });
    expect(judgeFailure(failure, FRESH).then).toEqual(expected);
    expect(judgeFailure(failure, FRESH).error).toMatchObject({ retryAfterSeconds });
  });

  it('gives up on a rate limit after so many waits', () => {
    const failure = new ProviderError('rate_limited', 'slow down');
    expect(judgeFailure(failure, { ...FRESH, job: { tries: 0, waits: 3 } }).then).toEqual({ outcome: 'failed' });
    expect(judgeFailure(failure, { ...FRESH, job: { tries: 2, waits: 2 } }).then).toMatchObject({ countsAs: 'wait' });
  });

  it('says what is known of the request on the wire', () => {
    const call = (failure: Error): string => judgeFailure(failure, FRESH).call;
    expect(call(new ProviderError('network', 'refused', { reachedVendor: false }))).toBe('unsent');
    expect(call(new ProviderError('network', 'reset'))).toBe('failed');
    expect(call(new ProviderError('overloaded', 'busy', { status: 503 }))).toBe('answered');
    expect(call(new CallTimeoutError('connect', 5_000))).toBe('unsent');
    expect(call(new CallTimeoutError('idle', 5_000))).toBe('failed');
  });

  it('charges for what was sent when the answer is cut off by us, and for nothing that never left', () => {
    const chargeable = (failure: Error): boolean => judgeFailure(failure, FRESH).chargeable;
    expect(chargeable(new CanceledByClient())).toBe(true);
    expect(chargeable(new DeadlinePassed())).toBe(true);
    expect(chargeable(new ShuttingDown())).toBe(true);
    expect(chargeable(new CallTimeoutError('total', 1))).toBe(true);
    expect(chargeable(new CallTimeoutError('connect', 1))).toBe(false);
    expect(chargeable(new ProviderError('overloaded', 'busy'))).toBe(false);
  });

  it('ends a canceled job as canceled, one out of time as timed out, and puts one back that shuts down', () => {
    expect(judgeFailure(new CanceledByClient(), FRESH)).toMatchObject({
      state: 'canceled',
      then: { outcome: 'canceled' },
    });
    expect(judgeFailure(new DeadlinePassed(), FRESH)).toMatchObject({
      error: { type: 'timeout_error' },
      then: { outcome: 'failed' },
    });
    expect(judgeFailure(new ShuttingDown(), FRESH)).toMatchObject({
      then: { outcome: null, parkMs: 0, countsAs: 'nothing' },
    });
  });

  it('shows nothing of a failure that it does not know', () => {
    const { error, then } = judgeFailure(new Error('secret sk-123'), FRESH);
    expect(JSON.stringify(error)).not.toContain('sk-123');
    expect(error).toMatchObject({ type: 'internal_error' });
    expect(then).toEqual({ outcome: 'failed' });
  });
});
