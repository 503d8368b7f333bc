import {
  CallTimeoutError,
  DEFAULT_FALLBACK_ON,
  FALLBACK_KINDS,
  PROVIDER_ERROR_CODES,
  ProviderError,
  type ErrorBody,
  type ProviderErrorCode,
} from '@switchyard/contract';
import { CanceledByClient, DeadlinePassed, LeaseInDoubt, ShuttingDown } from './abort-reasons.js';
import { judgeFailure, type JudgedAttempt } from './judge-failure.js';

const FRESH: JudgedAttempt = {
  job: { tries: 0, waits: 0 },
  sent: true,
  remainingMs: 600_000,
  maxWaits: 3,
  jitter: 1,
  fallbackOn: DEFAULT_FALLBACK_ON,
  hasNext: false,
  left: [],
  target: { provider: 'first', model: 'a' },
};

const FREE = { state: 'failed', call: 'unsent', charge: 'nothing' } as const;

describe('judgeFailure', () => {
  const codes = Object.keys(PROVIDER_ERROR_CODES) as ProviderErrorCode[];

  it.each(codes)('does with %s what the table says', (code) => {
    const { error, then } = judgeFailure(new ProviderError(code, 'The vendor failed.'), FRESH);
    const { verdict, mend } = PROVIDER_ERROR_CODES[code];
    const type = code === 'content_filtered' ? code : 'provider_error';
    expect(error).toMatchObject({ type, code, message: `The vendor failed. ${mend}` });
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

  it('lets waits that the vendor says nothing of grow by the same step, or double', () => {
    const failure = new ProviderError('rate_limited', 'slow down');
    const waits = (waitsGrow: 'linear' | 'exponential'): unknown[] =>
      [0, 1, 2].map(
        (done) => judgeFailure(failure, { ...FRESH, waitsGrow, jitter: 0, job: { tries: 0, waits: done } }).then,
      );
    expect(waits('linear')).toMatchObject([{ parkMs: 1_000 }, { parkMs: 2_000 }, { parkMs: 3_000 }]);
    expect(waits('exponential')).toMatchObject([{ parkMs: 1_000 }, { parkMs: 2_000 }, { parkMs: 4_000 }]);
  });

  it('gives up on a rate limit after so many waits', () => {
    const failure = new ProviderError('rate_limited', 'slow down');
    expect(judgeFailure(failure, { ...FRESH, job: { tries: 0, waits: 3 } }).then).toEqual({ outcome: 'failed' });
    expect(judgeFailure(failure, { ...FRESH, job: { tries: 2, waits: 2 } }).then).toMatchObject({ countsAs: 'wait' });
  });

  describe('where the plan goes on', () => {
    const CAUSE: ErrorBody = { type: 'provider_error', code: 'overloaded', message: 'It is busy.', retryable: true };
    const left = [{ provider: 'earlier', model: 'z', error: CAUSE }];
    const usedUp: JudgedAttempt = { ...FRESH, job: { tries: 2, waits: 3 } };
    const after = (code: ProviderErrorCode, attempt: Partial<JudgedAttempt>) =>
      judgeFailure(new ProviderError(code, 'The vendor failed.'), { ...usedUp, ...attempt });

    it.each(codes)('leaves its target for %s where fallbackOn names its kind, and ends else', (code) => {
      const { fallback } = PROVIDER_ERROR_CODES[code];
      for (const kind of FALLBACK_KINDS) {
        const expected = fallback === kind ? 'moved' : 'failed';
        expect(after(code, { hasNext: true, fallbackOn: [kind] }).then).toEqual({ outcome: expected });
      }
      const any = fallback === 'never' ? 'failed' : 'moved';
      expect(after(code, { hasNext: true, fallbackOn: 'any' }).then).toEqual({ outcome: any });
      expect(after(code, { hasNext: true, fallbackOn: [] }).then).toEqual({ outcome: 'failed' });
    });

    it('goes on after a timeout, and with `any` after a fault of ours', () => {
      const next = { ...usedUp, hasNext: true };
      expect(judgeFailure(new CallTimeoutError('idle', 1), next).then).toEqual({ outcome: 'moved' });
      const others = FALLBACK_KINDS.filter((kind) => kind !== 'timeout');
      const kept = judgeFailure(new CallTimeoutError('idle', 1), { ...next, fallbackOn: others });
      expect(kept.then).toEqual({ outcome: 'failed' });
      expect(judgeFailure(new Error('oops'), next).then).toEqual({ outcome: 'failed' });
      expect(judgeFailure(new Error('oops'), { ...next, fallbackOn: 'any' }).then).toEqual({ outcome: 'moved' });
    });

    it('tries a target three times before', () => {
      const fresh = judgeFailure(new ProviderError('network', 'gone'), { ...FRESH, hasNext: true });
      expect(fresh.then).toMatchObject({ outcome: null, countsAs: 'try' });
    });

    it.each([
      [60, true, { outcome: null, parkMs: 60_000, countsAs: 'wait' }],
      [61, true, { outcome: 'moved' }],
      [61, false, { outcome: null, parkMs: 61_000, countsAs: 'wait' }],
    ])('waits %i s for a rate limit where there is a next target: %s', (retryAfterSeconds, hasNext, expected) => {
      const failure = new ProviderError('rate_limited', 'slow down', { retryAfterSeconds });
      expect(judgeFailure(failure, { ...FRESH, hasNext }).then).toEqual(expected);
    });

    it('waits an hour for a rate limit that moves no job on', () => {
      const failure = new ProviderError('rate_limited', 'slow down', { retryAfterSeconds: 90 });
      const { then } = judgeFailure(failure, { ...FRESH, hasNext: true, fallbackOn: ['network'] });
      expect(then).toMatchObject({ outcome: null, countsAs: 'wait' });
    });

    it('leaves a rate limit that cannot end in time', () => {
      const failure = new ProviderError('rate_limited', 'slow down', { retryAfterSeconds: 30 });
      const late = { ...FRESH, remainingMs: 30_000 };
      expect(judgeFailure(failure, { ...late, hasNext: true }).then).toEqual({ outcome: 'moved' });
      const { then, error } = judgeFailure(failure, late);
      expect([then, error?.code, error?.retryAfterSeconds]).toEqual([{ outcome: 'failed' }, 'rate_limited', 30]);
    });

    it('names every target and its cause once all are used up', () => {
      const failure = new ProviderError('rate_limited', 'Slow down.', { retryAfterSeconds: 7 });
      const { error, jobError, then } = judgeFailure(failure, { ...usedUp, left });
      expect([then, error?.code]).toEqual([{ outcome: 'failed' }, 'rate_limited']);
      expect(jobError).toMatchObject({
        type: 'provider_error',
        code: 'all_providers_failed',
        retryable: true,
        retryAfterSeconds: 7,
        message: expect.stringMatching(
          /^All 2 targets failed\. earlier \(z\): overloaded, It is busy\. first \(a\): rate_limited, Slow down\..* See the attempts/,
        ),
      });
    });

    it('keeps the cause of an error that ends the job wherever it is', () => {
      for (const code of ['authentication', 'invalid_request', 'content_filtered'] as const) {
        expect(after(code, { left })).toMatchObject({ error: { code }, then: { outcome: 'failed' } });
        expect(after(code, { left }).jobError).toBeUndefined();
      }
    });
  });

  it('tries an invalid request once more where it can be mended, without a try', () => {
    const mend = { parameter: 'top_p' };
    const failure = new ProviderError('invalid_request', 'No top_p.', { status: 400 });
    expect(judgeFailure(failure, { ...FRESH, mend })).toMatchObject({
      state: 'failed',
      charge: 'nothing',
      then: { outcome: null, parkMs: 0, countsAs: 'nothing', mend },
    });
    expect(judgeFailure(failure, FRESH).then).toEqual({ outcome: 'failed' });
  });

  describe('of a model that is being made ready', () => {
    const failure = new ProviderError('model_unavailable', 'It is pulled (43 %).', {
      reachedVendor: false,
      retryAfterSeconds: 20,
    });
    const attempt = { ...FRESH, sent: false };

    it('waits as long as it takes, without a try, a wait or a cost', () => {
      for (const job of [{ tries: 2, waits: 3 }, FRESH.job]) {
        expect(judgeFailure(failure, { ...attempt, job })).toEqual({
          ...FREE,
          error: {
            type: 'provider_error',
            code: 'model_unavailable',
            message: 'It is pulled (43 %). Retry the job once it is ready.',
            retryable: true,
            retryAfterSeconds: 20,
          },
          then: { outcome: null, parkMs: 20_000, countsAs: 'nothing' },
        });
      }
    });

    it('ends a job that has no time for it', () => {
      const { then } = judgeFailure(failure, { ...attempt, remainingMs: 20_000 });
      expect(then).toEqual({ outcome: 'failed' });
    });

    it('does not wait for a vendor that has not the model, whatever it says of a while', () => {
      const answered = new ProviderError('model_unavailable', '404', { status: 404, retryAfterSeconds: 20 });
      expect(judgeFailure(answered, FRESH)).toMatchObject({ error: { retryable: false }, then: { outcome: 'failed' } });
    });
  });

  const BROKE_OFF = new ProviderError('network', 'reset');
  const UNKNOWN = { state: 'unknown', call: 'unknown', charge: 'reserved' } as const;

  it.each<[what: string, failure: Error]>([
    ['a connection that broke off', BROKE_OFF],
    ['a stream that broke off', new ProviderError('stream_interrupted', 'cut')],
    ['no first byte in time', new CallTimeoutError('firstByte', 1)],
    ['a silence', new CallTimeoutError('idle', 1)],
    ['a call that took too long', new CallTimeoutError('total', 1)],
    ['the end of the time of its job', new DeadlinePassed()],
    ['the end of its process', new ShuttingDown()],
    ['a fault of ours', new Error('oops')],
  ])('knows nothing of the vendor after %s: what was reserved is paid', (_what, failure) => {
    expect(judgeFailure(failure, FRESH)).toMatchObject(UNKNOWN);
  });

  it.each<[what: string, failure: Error]>([
    ['refused or cut off before it was sent', new ProviderError('network', 'refused', { reachedVendor: false })],
    ['given up while it connected', new CallTimeoutError('connect', 5_000)],
    ['given up as a whole while it connected', new CallTimeoutError('total', 5_000)],
    ['out of time before it was sent', new DeadlinePassed()],
    ['failed by us before it was sent', new Error('oops')],
  ])('pays nothing for a call that was %s', (_what, failure) => {
    expect(judgeFailure(failure, { ...FRESH, sent: false })).toMatchObject(FREE);
  });

  it('does not believe an error that calls a request unsent whose bytes have left', () => {
    expect(judgeFailure(new ProviderError('network', 'x', { reachedVendor: false }), FRESH)).toMatchObject(UNKNOWN);
    expect(judgeFailure(BROKE_OFF, { ...FRESH, sent: false })).toMatchObject(UNKNOWN);
  });

  it.each([302, 400, 401, 404, 422, 429, 500, 503])('pays nothing for a refusal: %i', (status) => {
    const failure = new ProviderError('overloaded', 'busy', { status });
    expect(judgeFailure(failure, FRESH)).toMatchObject({ state: 'failed', call: 'answered', charge: 'nothing' });
  });

  it('pays nothing for an error in the place of an answer, and what was reserved for an answer that is of no use', () => {
    const answered = { state: 'failed', call: 'answered' } as const;
    const refused = new ProviderError('bad_response', 'an error', { refused: true });
    expect(judgeFailure(refused, FRESH)).toMatchObject({ ...answered, charge: 'nothing' });
    for (const code of ['bad_response', 'response_too_large'] as const) {
      for (const details of [{}, { status: 200 }]) {
        const failure = new ProviderError(code, 'half a JSON', details);
        expect(judgeFailure(failure, FRESH)).toMatchObject({ ...answered, charge: 'reserved' });
      }
    }
  });

  it('pays for the prompt where the client cut the answer off, and for nothing that never left', () => {
    const { charge, call } = judgeFailure(new CanceledByClient(), FRESH);
    expect([charge, call]).toEqual(['prompt', 'unknown']);
    const unsent = { ...FRESH, sent: false };
    for (const failure of [new CanceledByClient(), new ShuttingDown(), new LeaseInDoubt()]) {
      expect(judgeFailure(failure, unsent)).toMatchObject({ state: 'canceled', call: 'unsent', charge: 'nothing' });
    }
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
    for (const failure of [new ShuttingDown(), new LeaseInDoubt()]) {
      expect(judgeFailure(failure, FRESH).then).toEqual({ outcome: null, parkMs: 0, countsAs: 'nothing' });
    }
  });

  it('shows nothing of a failure that it does not know', () => {
    const { error, then } = judgeFailure(new Error('secret sk-123'), FRESH);
    expect(JSON.stringify(error)).not.toContain('sk-123');
    expect(error).toMatchObject({ type: 'internal_error' });
    expect(then).toEqual({ outcome: 'failed' });
  });
});
