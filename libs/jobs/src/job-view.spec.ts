import { jobIdFromUuid, nanoUsd, type JobView } from '@switchyard/contract';
import { openJobBench, success, tryAgain, type JobBench } from './__fixtures__/job-bench.js';
import { cancelJob } from './cancel-job.js';
import type { ClaimedJob } from './claim-jobs.js';
import { viewAdmitted } from './job-view.js';
import { readJob, readSubmission } from './read-jobs.js';
import { writeResult } from './stored-result.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('the view of a job', () => {
  let bench: JobBench;
  let worker: number;

  beforeAll(async () => {
    bench = await openJobBench();
    worker = await bench.worker();
  });
  afterAll(() => bench.close());

  async function claimOne(): Promise<ClaimedJob> {
    const [job] = await bench.claim(worker, 1);
    if (!job) throw new Error('Nothing was claimed.');
    return job;
  }

  it('is the same at the admission as when it is read', async () => {
    for (const delayMs of [0, 60_000]) {
      const job = bench.job({
        delayMs,
        modelVersion: 'v1',
        priority: 3,
        retryOf: jobIdFromUuid('0193a5b2-c4d8-7f3e-9a1b-2c3d4e5f6071'),
        clientData: {
          metadata: { a: 'b' },
          userId: null,
          task: { type: 'planning', complexity: 0.9 },
          choice: { reason: 'the routing rule night', rule: 'night', loadBalancer: null },
        },
      });
      const admitted = viewAdmitted(job, await bench.letIn(job));
      expect(await bench.read(job.id)).toEqual(admitted);
      expect(admitted.createdAt).toMatch(ISO);
      expect(await cancelJob(bench.database, bench.queue, job.id)).toBe('canceled');
    }
  });

  it('shows all of a job that was tried twice', async () => {
    const id = await bench.admit({ modelVersion: 'v1' });
    await bench.settler.settle(tryAgain(await claimOne(), 0));
    const usage = { promptTokens: 9, completionTokens: 4, totalTokens: 13, cachedPromptTokens: 5, reasoningTokens: 2 };
    await bench.settler.settle({ ...success(await claimOne()), usage, cost: nanoUsd(1_234_000_000n) });
    const seen = await bench.read(id);
    const [first, second] = seen.attempts;
    expect(seen).toEqual<JobView>({
      id,
      type: 'generation',
      status: 'succeeded',
      provider: 'openai',
      model: 'gpt-4',
      modelVersion: 'v1',
      task: null,
      choice: null,
      experiment: null,
      createdAt: expect.stringMatching(ISO),
      startedAt: first?.startedAt ?? '',
      finishedAt: expect.stringMatching(ISO),
      cached: false,
      priority: 5,
      waiting: null,
      result: {
        content: 'an answer',
        model: 'gpt-4',
        usage: { promptTokens: 3, completionTokens: 4, totalTokens: 7 },
        finishReason: 'stop',
        metadata: {},
      },
      error: null,
      cost: { estimated: '0.000001', actual: '1.234', currency: 'USD' },
      attempts: [
        {
          number: 1,
          provider: 'openai',
          model: 'gpt-4',
          startedAt: expect.stringMatching(ISO),
          finishedAt: expect.stringMatching(ISO),
          outcome: 'failed',
          error: { type: 'provider_error', code: 'bad_response', message: 'gone', retryable: true },
          usage: null,
          cost: '0.00',
        },
        {
          number: 2,
          provider: 'openai',
          model: 'gpt-4',
          startedAt: expect.stringMatching(ISO),
          finishedAt: expect.stringMatching(ISO),
          outcome: 'succeeded',
          error: null,
          usage,
          cost: '1.234',
        },
      ],
      plan: [{ provider: 'openai', model: 'gpt-4', modelVersion: null, status: 'succeeded', error: null }],
      userId: 'user-1',
      retryOf: null,
      metadata: { colour: 'red' },
    });
    expect(Date.parse(second?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(first?.finishedAt ?? ''));
    expect(Date.parse(seen.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(seen.createdAt));
  });

  it('shows the error of a failed job, and what it cost where that is an estimate', async () => {
    const id = await bench.admit();
    const error = { type: 'timeout_error', code: 'timeout_error', message: 'late', retryable: true } as const;
    const { usage: _, ...ended } = success(await claimOne());
    await bench.settler.settle({
      ...ended,
      state: 'failed',
      cost: null,
      estimated: true,
      error,
      then: { outcome: 'failed' },
    });
    expect(await bench.read(id)).toMatchObject({
      status: 'failed',
      error,
      result: null,
      cost: { estimated: '0.000001', actual: '0.000001' },
      attempts: [{ outcome: 'failed', error, usage: null, cost: '0.000001', estimated: true }],
    });
  });

  it("keeps what a vendor's error may hold and the database refuses", async () => {
    const id = await bench.admit();
    const error = {
      type: 'provider_error',
      code: 'bad_response',
      message: 'a\u0000b\ud800c',
      retryable: true,
    } as const;
    await bench.settler.settle({ ...tryAgain(await claimOne(), 0), error, then: { outcome: 'failed' } });
    expect((await bench.read(id)).error?.message).toBe('a\ufffdb\ufffdc');
    const answer = await bench.admit();
    await bench.settler.settle(success(await claimOne(), 'NUL \u0000, half \ud800, whole \ud83d\ude00'));
    expect((await bench.read(answer)).result).toMatchObject({ content: 'NUL \u0000, half \ud800, whole \ud83d\ude00' });
  });

  it('shows embeddings with the digits that a float32 has', async () => {
    const id = await bench.admit({ type: 'embedding' });
    const usage = { promptTokens: 1, completionTokens: 0, totalTokens: 1 };
    const exact = [0.1, -0.023, 1e-7, 0, 1, 3.4028235e38, 1.17549435e-38, 1e-45].map(Math.fround);
    const many = Array.from({ length: 3_000 }, (_, index) => exact.map((value) => Math.fround(value / (index + 1))));
    const result = writeResult({ embeddings: many, dimensions: exact.length, usage, metadata: { a: 1 } }, 'raw');
    expect(result.raw).toBeNull();
    await bench.settler.settle({ ...success(await claimOne()), usage, then: { outcome: 'succeeded', result } });
    const seen = (await bench.read(id)).result;
    if (!seen || !('embeddings' in seen)) throw new Error('No embeddings.');
    expect(seen.embeddings.map((vector) => vector.map(Math.fround))).toEqual(many);
    expect(seen.embeddings[0]?.slice(0, 3)).toEqual([0.100000001, -0.023, 1.00000001e-7]);
    expect(seen).toMatchObject({ dimensions: exact.length, usage, metadata: { a: 1 } });
  });

  it("leaves out a result that is larger than asked for, and the vendor's own answer unless asked for", async () => {
    const id = await bench.admit();
    await bench.settler.settle(success(await claimOne(), 'x'.repeat(70_000)));
    expect(await readJob(bench.database, id, { maxBytes: 64 * 1024 })).toMatchObject({
      job: { result: null },
      raw: null,
    });
    const whole = await readJob(bench.database, id, { raw: true });
    expect(whole?.job.result).toMatchObject({ content: 'x'.repeat(70_000) });
    expect(JSON.parse(whole?.raw ?? '')).toEqual({ choices: ['x'.repeat(70_000)] });
    expect(whole?.tenantId).toBe(bench.tenants[0]);
    expect((await bench.reader.read(id))?.raw).toBeNull();
  });

  it('gives back what was submitted', async () => {
    const id = await bench.admit();
    expect(await readSubmission(bench.database, id)).toMatchObject({ version: 1, type: 'generation' });
    await cancelJob(bench.database, bench.queue, id);
    expect(await bench.read(id)).toMatchObject({ status: 'canceled', error: null, startedAt: null, attempts: [] });
  });
});
