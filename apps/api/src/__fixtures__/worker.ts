import { nanoUsd, type ErrorBody, type JobResult } from '@switchyard/contract';
import type { AppProcess } from '@switchyard/config';
import {
  beat,
  claimJobs,
  openSettler,
  registerWorker,
  writeResult,
  type ClaimedJob,
  type Settlement,
} from '@switchyard/jobs';

/** A worker that does what the spec says: it claims when told to, and settles as told. */
export interface TestWorker {
  /** Claims jobs of the provider. */
  claim(slots?: number): Promise<ClaimedJob[]>;
  /** Claims one. @throws Error when none waits. */
  claimOne(): Promise<ClaimedJob>;
  succeed(job: ClaimedJob, result?: JobResult, raw?: unknown): Promise<void>;
  fail(job: ClaimedJob, error?: ErrorBody): Promise<void>;
  cancel(job: ClaimedJob): Promise<void>;
  /** Resolves when a cancel of this job is wished for. */
  cancelWished(job: ClaimedJob): Promise<void>;
}

const ANSWER: JobResult = {
  content: 'Hello.',
  model: 'chat',
  usage: { promptTokens: 3, completionTokens: 2, totalTokens: 5 },
  finishReason: 'stop',
  metadata: {},
};
const FAILURE: ErrorBody = {
  type: 'provider_error',
  code: 'network',
  message: 'The provider could not be reached.',
  retryable: true,
};

/** Opens a worker of the provider `sim`. */
export async function openTestWorker({ database, queue }: AppProcess): Promise<TestWorker> {
  const workerId = await registerWorker(database, 'test');
  const settler = openSettler(database, queue);

  async function settle(job: ClaimedJob, end: Pick<Settlement, 'state' | 'then'> & Partial<Settlement>): Promise<void> {
    await settler.settle({ job, call: 'answered', cost: nanoUsd(1_230_000n), estimated: false, ...end });
  }

  const claim = async (slots = 100): Promise<ClaimedJob[]> => [
    ...(await claimJobs(database, { workerId, provider: 'sim', slots, concurrency: 1_000 })).jobs,
  ];
  return {
    claim,
    async claimOne() {
      const [job] = await claim(1);
      if (!job) throw new Error('No job waits.');
      return job;
    },
    succeed: (job, result = ANSWER, raw = undefined) =>
      settle(job, {
        state: 'succeeded',
        then: { outcome: 'succeeded', result: writeResult(result, raw) },
        ...('usage' in result && result.usage ? { usage: result.usage } : {}),
      }),
    fail: (job, error = FAILURE) => settle(job, { state: 'failed', error, then: { outcome: 'failed' } }),
    cancel: (job) => settle(job, { state: 'canceled', call: 'failed', then: { outcome: 'canceled' } }),
    async cancelWished({ id }) {
      while (!(await beat(database, workerId)).some((held) => held.id === id && held.cancelRequested));
    },
  };
}
