import { ProviderError, type GenerateReply, type JobId, type JobStatus, type Provider } from '@switchyard/contract';
import { registerWorker } from '@switchyard/jobs';
import { openWorkerBench, SETTINGS, type WorkerBench } from './__fixtures__/worker-bench.js';
import { ProviderPump, type PumpTools } from './provider-pump.js';

const REPLY: GenerateReply = {
  content: 'an answer',
  toolCalls: [],
  finishReason: 'stop',
  rawFinishReason: 'stop',
  usage: { promptTokens: 1, completionTokens: 1, totalTokens: 2 },
  warnings: [],
  raw: {},
};

describe('ProviderPump', () => {
  let bench: WorkerBench;
  let worker: number;

  beforeAll(async () => {
    bench = await openWorkerBench();
  }, 60_000);
  afterAll(() => bench.close());
  beforeEach(async () => {
    worker = await registerWorker(bench.app.database, 'openai');
  });

  /** A pump whose vendor does this, and what has been settled by it. */
  function open(
    generate: NonNullable<Provider['generate']>,
    tools: Partial<PumpTools> = {},
  ): { pump: ProviderPump; settled: () => Promise<void> } {
    let settle: () => void = () => undefined;
    let next = new Promise<void>((resolve) => (settle = resolve));
    const provider: Provider = {
      auth: {
        status: () => ({ kind: 'none', status: 'valid', expiresAt: null }),
        validate: async () => ({ kind: 'none', length: 0, expiresAt: null }),
      },
      generate,
      isAvailable: async () => ({ available: true }),
      getModelInfo: async () => undefined,
      listModels: async () => [],
      close: async () => undefined,
    };
    const pump = new ProviderPump(SETTINGS, provider, {
      database: bench.app.database,
      queue: bench.app.queue,
      settler: bench.settler,
      logger: bench.app.logger,
      workerId: () => worker,
      holdsLease: () => true,
      maxResultBytes: 1_000_000,
      modelSettings: () => undefined,
      cancelArrived: () => false,
      onSettled: () => {
        settle();
        next = new Promise<void>((resolve) => (settle = resolve));
      },
      ...tools,
    });
    return { pump, settled: async () => await next };
  }

  const statusOf = async (id: JobId): Promise<JobStatus> => (await bench.read(id)).status;

  it('claims nothing while its lease is over, and goes on once it has one', async () => {
    let held = false;
    const id = await bench.admit();
    const { pump, settled } = open(async () => REPLY, { holdsLease: () => held });
    const ended = settled();
    pump.wake();
    expect(pump.claimStartedAt).toBeUndefined();
    expect(await statusOf(id)).toBe('queued');
    held = true;
    pump.wake();
    await ended;
    expect(await statusOf(id)).toBe('succeeded');
    await pump.drain(1_000);
  });

  it('calls nobody for a claim that was answered after its lease: the job goes back, unsent and free', async () => {
    const id = await bench.admit();
    const calls: unknown[] = [];
    let looks = 0;
    const { pump, settled } = open(
      async (call) => {
        calls.push(call);
        return REPLY;
      },
      // At the claim it holds, and when the answer has come it does not any more.
      { holdsLease: () => (looks += 1) === 2 || looks === 1 },
    );
    const ended = settled();
    pump.wake();
    await ended;
    await pump.drain(1_000);
    expect(calls).toEqual([]);
    expect(await bench.read(id)).toMatchObject({
      status: 'queued',
      attempts: [{ outcome: 'canceled', cost: '0.00' }],
    });
    const again = open(async () => REPLY);
    const second = again.settled();
    again.pump.wake();
    await second;
    expect(await bench.read(id)).toMatchObject({ status: 'succeeded', attempts: [{}, { outcome: 'succeeded' }] });
    await again.pump.drain(1_000);
  });

  it('keeps a call that runs while the lease is in doubt, and settles its answer', async () => {
    const id = await bench.admit();
    let held = true;
    let answer: (reply: GenerateReply) => void = () => undefined;
    let called: () => void = () => undefined;
    const calling = new Promise<void>((resolve) => (called = resolve));
    const { pump, settled } = open(
      async () => {
        called();
        return await new Promise((resolve) => (answer = resolve));
      },
      { holdsLease: () => held },
    );
    const ended = settled();
    pump.wake();
    await calling;
    held = false;
    answer(REPLY);
    await ended;
    expect(await statusOf(id)).toBe('succeeded');
    await pump.drain(1_000);
  });

  it('books what was reserved for a call that its own end cut off, and puts the job back', async () => {
    const id = await bench.admit();
    let called: () => void = () => undefined;
    const calling = new Promise<void>((resolve) => (called = resolve));
    const { pump } = open(async (_, { signal, onSent }) => {
      onSent?.();
      called();
      return await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new ProviderError('network', 'aborted'))),
      );
    });
    pump.wake();
    await calling;
    await pump.drain(0);
    expect(await bench.read(id)).toMatchObject({
      status: 'queued',
      attempts: [{ outcome: 'unknown', cost: '0.000001', estimated: true }],
    });
  });
});
