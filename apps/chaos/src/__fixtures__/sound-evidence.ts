import type { Submission } from '../client/client-log.js';
import type { AttemptRecord, Evidence, JobRecord, VendorCall } from '../evidence/evidence.js';

const START = 1_800_000_000_000;

/** Milliseconds after the start of the run. */
export function at(milliseconds: number): number {
  return START + milliseconds;
}

/** A request for a job that was answered 202. */
export function submission(number: number, change: Partial<Submission> = {}): Submission {
  const outcome = { kind: 'answered', status: 202, headers: {}, body: {}, milliseconds: 5 } as const;
  return { marker: `chaos-${number}`, kind: 'plain', sentAt: at(0), outcome, jobId: `job_${number}`, ...change };
}

/** A job that succeeded at once. */
export function job(number: number, change: Partial<JobRecord> = {}): JobRecord {
  return {
    id: `job_${number}`,
    marker: `chaos-${number}`,
    outcome: 'succeeded',
    isLive: false,
    createdAt: at(0),
    startedAt: at(10),
    finishedAt: at(60),
    actualNano: 30n,
    resultEpoch: 1,
    resultEpochs: [1],
    errorType: undefined,
    ...change,
  };
}

/** Its one attempt, which reserved 100 and cost 30. */
export function attempt(number: number, change: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    name: `job_${number}/1`,
    jobId: `job_${number}`,
    state: 'succeeded',
    callState: 'answered',
    startedAt: at(10),
    finishedAt: at(60),
    costNano: 30n,
    estimated: false,
    reserved: 100n,
    overrun: 0n,
    settled: 30n,
    released: 70n,
    settlements: 1,
    ...change,
  };
}

/** Its call, as the vendor saw it. */
export function vendorCall(number: number, change: Partial<VendorCall> = {}): VendorCall {
  return {
    path: '/v1/chat/completions',
    attempt: `job_${number}/1`,
    startedAt: at(11),
    endedAt: at(59),
    outcome: 'answered',
    ...change,
  };
}

/** Three jobs of which nothing bad can be said, with whatever is changed. */
export function evidence(change: Partial<Evidence> = {}): Evidence {
  const attempts = change.attempts ?? [attempt(1), attempt(2), attempt(3)];
  return {
    submissions: [submission(1), submission(2), submission(3)],
    cancels: [],
    jobs: [job(1), job(2), job(3)],
    attempts,
    recordedCalls: attempts.filter(({ callState }) => callState !== null).length,
    ledger: { debits: 600n, credits: 600n, held: 0n },
    vendorCalls: [vendorCall(1), vendorCall(2), vendorCall(3)],
    wasLost: () => false,
    faults: [],
    ...change,
  };
}
