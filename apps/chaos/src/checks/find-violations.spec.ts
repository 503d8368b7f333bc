import { at, attempt, evidence, job, submission, vendorCall } from '../__fixtures__/sound-evidence.js';
import type { HttpOutcome } from '../client/http-call.js';
import type { Evidence } from '../evidence/evidence.js';
import { findViolations } from './find-violations.js';

/** What is found, each as its rule, its words and its ids. */
function found(change: Partial<Evidence>): string[] {
  return findViolations(evidence(change)).map(({ rule, what, ids }) => `${rule} ${what}: ${ids.join(' ')}`);
}

function answered(status: number, more: Partial<HttpOutcome> = {}): HttpOutcome {
  return { kind: 'answered', status, headers: {}, body: {}, milliseconds: 5, ...more } as HttpOutcome;
}

const unanswered: HttpOutcome = { kind: 'unanswered', reason: 'ECONNRESET', milliseconds: 9 };
const RETRY_AFTER = { headers: { 'retry-after': '2' } };

describe('findViolations', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(found({})).toEqual([]);
  });

  it('accepts what may happen: a job nobody was told of, an unknown attempt, an overrun, a call lost on the wire', () => {
    expect(
      found({
        submissions: [submission(1), submission(2), submission(3, { outcome: unanswered, jobId: undefined })],
        jobs: [job(1, { actualNano: 130n, resultEpoch: 2, resultEpochs: [2] }), job(2, { actualNano: 150n }), job(3)],
        attempts: [
          attempt(1, { state: 'unknown', callState: 'unknown', costNano: 100n, settled: 100n, released: 0n }),
          attempt(1, { name: 'job_1/2' }),
          attempt(2, { costNano: 150n, settled: 150n, overrun: 50n, released: 0n }),
          attempt(3),
        ],
        vendorCalls: [vendorCall(1, { attempt: 'job_1/2' }), vendorCall(2)],
        wasLost: (name) => name === 'job_3/1',
        faults: [{ fault: 'F3', beganAt: at(-10), endedAt: at(50) }],
      }),
    ).toEqual([]);
  });

  it.each<[string, Partial<Evidence>, string]>([
    ['a promised job that is gone', { jobs: [job(1), job(2)] }, 'I1 answered 202 and not in the database: job_3'],
    [
      'an id that was promised twice',
      { submissions: [1, 2, 3, 3].map((n) => submission(n)) },
      'I1 answered 202 twice: job_3',
    ],
    [
      'a 202 without an id',
      { submissions: [1, 2, 3].map((n) => submission(n, n === 3 ? { jobId: undefined } : {})) },
      'I1 answered 202 without an id: chaos-3',
    ],
    ['a job that never ended', { jobs: [job(1), job(2), job(3, { outcome: null })] }, 'I1 never ended: job_3'],
    [
      'a job that ended and lives',
      { jobs: [job(1), job(2), job(3, { isLive: true })] },
      'I1 ended and still live: job_3',
    ],
    [
      'a job that ended late',
      {
        jobs: [job(1), job(2), job(3, { finishedAt: at(25_100) })],
        faults: [{ fault: 'F1', beganAt: at(0), endedAt: at(10_000) }],
      },
      'I1 ended later than 15 s after the fault: job_3',
    ],
    [
      'a failure of the gateway',
      { jobs: [job(1), job(2), job(3, { errorType: 'internal_error' })] },
      'I1 failed by a fault of the gateway: job_3',
    ],
    [
      'a job in spite of a refusal',
      {
        submissions: [
          submission(1),
          submission(2),
          submission(3, { outcome: answered(429, RETRY_AFTER), jobId: undefined }),
        ],
      },
      'F3 made by a request that was refused: job_3',
    ],
    [
      'twins of one key that became two jobs',
      {
        submissions: [1, 2, 3].map((n) => submission(n, { kind: 'twin', marker: 'chaos-twin' })),
        jobs: [1, 2, 3].map((n) => job(n, { marker: 'chaos-twin' })),
      },
      'F18 made twice under one Idempotency-Key: job_2 job_3',
    ],
    [
      'two results',
      { jobs: [job(1), job(2), job(3, { resultEpochs: [1, 2] })] },
      'I2 not one result for a job that succeeded: job_3',
    ],
    [
      'a result of a stale epoch',
      { jobs: [job(1), job(2), job(3, { resultEpochs: [2] })] },
      'I2 not one result for a job that succeeded: job_3',
    ],
    [
      'a result of a failed job',
      { jobs: [job(1), job(2), job(3, { outcome: 'failed' })] },
      'I2 a result for a job that did not succeed: job_3',
    ],
    [
      'two charges',
      { attempts: [attempt(1), attempt(2), attempt(3, { settlements: 2 })] },
      'I2 not charged once: job_3/1',
    ],
    [
      'a charge of what was never sent',
      { attempts: [attempt(1), attempt(2), attempt(3, { state: 'released' })] },
      'I2 not charged once: job_3/1',
    ],
    [
      'an attempt that shows another cost',
      {
        jobs: [job(1), job(2), job(3, { actualNano: 31n })],
        attempts: [attempt(1), attempt(2), attempt(3, { costNano: 31n })],
      },
      'I2 settled at another cost than it shows: job_3/1',
    ],
    [
      'a job that shows another cost',
      { jobs: [job(1), job(2), job(3, { actualNano: 29n })] },
      'I2 cost.actual is not the sum over the attempts: job_3',
    ],
    [
      'an attempt left open',
      { attempts: [attempt(1), attempt(2), attempt(3, { state: 'started', settlements: 0 })] },
      'I2 an attempt was left open: job_3/1',
    ],
    [
      'a cost below zero',
      {
        jobs: [job(1), job(2), job(3, { actualNano: -1n })],
        attempts: [attempt(1), attempt(2), attempt(3, { costNano: -1n, settled: -1n, released: 101n })],
      },
      'I2 an attempt costs less than nothing: job_3/1',
    ],
    [
      'an attempt out of balance',
      { attempts: [attempt(1), attempt(2), attempt(3, { released: 69n })] },
      'I3 reserved + overrun is not settled + released: job_3/1',
    ],
    [
      'books that differ',
      { ledger: { debits: 600n, credits: 599n, held: 0n } },
      'I3 debits of 600 against credits of 599: ',
    ],
    [
      'money that is held',
      { ledger: { debits: 600n, credits: 600n, held: 7n } },
      'I3 7 nano-dollars are held after the end: ',
    ],
    [
      'a call nobody recorded',
      { vendorCalls: [1, 2, 3, 4].map((n) => vendorCall(n)) },
      'I5 seen by the vendor and not recorded: job_4/1',
    ],
    [
      'a call that was made twice',
      { vendorCalls: [1, 2, 3, 3].map((n) => vendorCall(n)) },
      'I5 sent to the vendor twice: job_3/1',
    ],
    [
      'a call that never was',
      { vendorCalls: [1, 2].map((n) => vendorCall(n)) },
      'I5 recorded as sent and never seen by the vendor: job_3/1 (answered)',
    ],
    [
      'a call that is denied',
      { attempts: [attempt(1), attempt(2), attempt(3, { callState: 'unsent' })] },
      'I5 recorded as unsent and seen by the vendor: job_3/1',
    ],
    [
      'a call of nobody',
      { vendorCalls: [...[1, 2, 3].map((n) => vendorCall(n)), vendorCall(4, { attempt: undefined })] },
      'I5 reached the vendor without an attempt: /v1/chat/completions',
    ],
    ['a record of nothing', { recordedCalls: 4 }, 'I5 1 calls are recorded without an attempt: '],
    [
      'a time that runs back',
      { jobs: [job(1), job(2), job(3, { startedAt: at(-5) })] },
      `F21 ended before it began: job_3 (${at(0)}, ${at(-5)}, ${at(60)})`,
    ],
    [
      'a failure as an answer',
      {
        submissions: [
          ...[1, 2, 3].map((n) => submission(n)),
          submission(4, { outcome: answered(500), jobId: undefined }),
        ],
      },
      'answers not what the interface allows: chaos-4 (plain): 500 after 5 ms',
    ],
    [
      'a 503 that does not say when to come again',
      {
        submissions: [
          ...[1, 2, 3].map((n) => submission(n)),
          submission(4, { outcome: answered(503), jobId: undefined }),
        ],
      },
      'answers 503 or 429 without Retry-After: chaos-4 (plain): 503 after 5 ms',
    ],
    [
      'a request without an answer, in no fault that explains it',
      {
        submissions: [...[1, 2, 3].map((n) => submission(n)), submission(4, { outcome: unanswered, jobId: undefined })],
        faults: [{ fault: 'F7', beganAt: at(-10), endedAt: at(10) }],
      },
      'answers without an answer: chaos-4 (plain): ECONNRESET after 9 ms',
    ],
    [
      'an answer that came late',
      { cancels: [{ jobId: 'job_1', sentAt: at(0), outcome: answered(200, { milliseconds: 7_000 }) }] },
      'answers later than 6.5 s: job_1: 200 after 7000 ms',
    ],
  ])('finds %s', (_, change, expected) => {
    expect(found(change)).toContain(expected);
  });
});
