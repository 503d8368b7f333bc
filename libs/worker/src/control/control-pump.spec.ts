import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Provider } from '@switchyard/contract';
import { openProviderDesk, readHealth, registerWorker, type ProviderDesk } from '@switchyard/jobs';
import { createLogger } from '@switchyard/telemetry';
import { openWorkerBench, type WorkerBench } from '../__fixtures__/worker-bench.js';
import { ControlPump } from './control-pump.js';

const PATIENT = { limitMs: 20_000, untakenMs: 20_000 };

describe('ControlPump', () => {
  let bench: WorkerBench;
  let desk: ProviderDesk;
  let pump: ControlPump;
  let isAvailable: Provider['isAvailable'];
  let lines: string[];

  beforeAll(async () => {
    bench = await openWorkerBench();
    desk = await openProviderDesk(bench.app.database, bench.app.queue);
  }, 60_000);
  beforeEach(async () => {
    lines = [];
    isAvailable = async () => ({ available: true });
    const id = await registerWorker(bench.app.database, 'worker-openai');
    pump = new ControlPump({
      ...bench.app,
      logger: createLogger({ name: 'worker', destination: { write: (line) => void lines.push(line) } }),
      workerId: () => id,
      providers: () => ['vendor'],
      toolsOf: () => ({ provider: provider(), models: [], modelOptions: () => undefined }),
    });
    await pump.start();
  });
  afterEach(() => pump.stop());
  afterAll(async () => {
    desk.close();
    await bench.close();
  });

  function provider(): Provider {
    return {
      auth: {
        status: () => ({ kind: 'none', status: 'valid', expiresAt: null }),
        validate: async () => ({ kind: 'none', length: 0, expiresAt: null }),
      },
      isAvailable: (context) => isAvailable(context),
      getModelInfo: async () => undefined,
      listModels: async () => [{ id: 'a' }],
      close: async () => undefined,
    };
  }

  async function health(patience = PATIENT): Promise<unknown> {
    const outcome = await desk.ask({ provider: 'vendor', kind: 'health' }, patience);
    return outcome.state === 'answered' ? readHealth(outcome.answer) : outcome;
  }

  it('answers what is asked of its providers, more at once than it asks at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => health()));
    for (const answer of answers) expect(answer).toMatchObject({ answer: { error: null, models: ['a'] } });
  });

  it('leaves other providers to other workers', async () => {
    expect(await desk.ask({ provider: 'another', kind: 'health' }, { limitMs: 300 })).toEqual({ state: 'untaken' });
  });

  it('gives up in time for whoever asks to be told', async () => {
    isAvailable = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    expect(await health({ limitMs: 1_000, untakenMs: 1_000 })).toMatchObject({
      answer: { error: { code: 'timeout_error' } },
    });
  });

  it('answers that its adapter has a fault, and logs which', async () => {
    isAvailable = () => {
      throw new TypeError('a bug');
    };
    expect(await health()).toEqual({
      error: { code: 'internal_error', message: 'The worker failed to ask; its log says why.' },
    });
    expect(lines.join('')).toMatch(/a bug/);
  });

  it('gives up what it asks when its process ends', async () => {
    const asked = new Promise<AbortSignal>((resolve) => {
      isAvailable = ({ signal }) => {
        resolve(signal);
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      };
    });
    const abort = new AbortController();
    const asking = desk.ask({ provider: 'vendor', kind: 'health' }, { ...PATIENT, signal: abort.signal });
    const signal = await asked;
    await pump.stop();
    expect(signal.aborted).toBe(true);
    abort.abort(new Error('enough'));
    await expect(asking).rejects.toThrow('enough');
    expect(lines).toEqual([]);
  });
});
