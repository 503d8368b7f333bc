import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import type { GenerateReply, Provider, ProviderSettings } from '@switchyard/contract';
import { registerWorker } from '@switchyard/jobs';
import { createLogger } from '@switchyard/telemetry';
import { openWorkerBench, SETTINGS, type WorkerBench } from './__fixtures__/worker-bench.js';
import { ServedProviders } from './served-providers.js';

const REPLY: Omit<GenerateReply, 'content'> = {
  ...{ toolCalls: [], finishReason: 'stop', rawFinishReason: 'stop', warnings: [], raw: {} },
  usage: { promptTokens: 1, completionTokens: 1, totalTokens: 2 },
};

/** An adapter whose calls end when the spec says so. */
interface Made {
  readonly settings: ProviderSettings;
  readonly calls: PromiseWithResolvers<void>[];
  closed: boolean;
}

describe('ServedProviders', () => {
  let bench: WorkerBench;
  let served: ServedProviders;
  let made: Made[];
  let lines: string[];
  let workerId: number;

  beforeAll(async () => {
    bench = await openWorkerBench();
    workerId = await registerWorker(bench.app.database, 'worker-openai');
  }, 60_000);
  beforeEach(() => {
    made = [];
    lines = [];
    const logger = createLogger({ name: 'worker', destination: { write: (line) => void lines.push(line) } });
    served = new ServedProviders({
      ...{ queue: bench.app.queue, logger, authorizesEarly: true },
      create: (settings) => {
        if (settings.baseURL === 'https://broken') throw new Error('baseURL is broken; mend it');
        const each: Made = { settings, calls: [], closed: false };
        made.push(each);
        return adapterOf(each);
      },
      toolsOf: () => ({
        ...{ database: bench.app.database, queue: bench.app.queue, settler: bench.settler, logger },
        workerId: () => workerId,
        holdsLease: () => true,
        maxResultBytes: 1_000_000,
        modelSettings: () => undefined,
        cancelArrived: () => false,
        onSettled: () => undefined,
      }),
    });
  });
  afterEach(async () => {
    for (const { calls } of made) for (const call of calls) call.resolve();
    await served.stop(5_000);
    await served.close();
  });
  afterAll(() => bench.close());

  function adapterOf(each: Made): Provider {
    return {
      auth: {
        status: () => ({ kind: 'none', status: 'valid', expiresAt: null }),
        validate: async () => ({ kind: 'none', length: 0, expiresAt: null }),
      },
      isAvailable: async () => ({ available: true }),
      getModelInfo: async () => undefined,
      listModels: async () => [],
      async generate() {
        const call = Promise.withResolvers<void>();
        each.calls.push(call);
        await call.promise;
        return { ...REPLY, content: each.settings.baseURL ?? '' };
      },
      async close() {
        each.closed = true;
      },
    };
  }

  const at = (baseURL: string, more: Partial<ProviderSettings> = {}): ProviderSettings => ({
    ...{ ...SETTINGS, baseURL },
    ...more,
  });
  async function seen(index: number, count: number): Promise<void> {
    while ((made[index]?.calls.length ?? 0) < count) await bench.app.database.ping();
  }
  async function ended(id: Awaited<ReturnType<WorkerBench['admit']>>): Promise<unknown> {
    for (;;) {
      const job = await bench.read(id);
      if (job.finishedAt !== null) return job.result;
    }
  }

  it('serves a provider that is added, and takes no job for one that is gone while its call ends', async () => {
    await served.apply([at('https://one')]);
    const first = await bench.admit();
    await seen(0, 1);
    await served.apply([]);
    expect(served.names).toEqual([]);
    const left = await bench.admit();
    expect([made[0]?.closed, served.pumps]).toEqual([false, [expect.anything()]]);
    made[0]?.calls[0]?.resolve();
    expect(await ended(first)).toMatchObject({ content: 'https://one' });
    while (made[0]?.closed !== true) await bench.app.database.ping();
    expect((await bench.read(left)).status).toBe('queued');
    await served.apply([at('https://one')]);
    await seen(1, 1);
    made[1]?.calls[0]?.resolve();
    expect(await ended(left)).toMatchObject({ content: 'https://one' });
  });

  it('lets calls end on the connection that they are on, and makes the next on the new one', async () => {
    await served.apply([at('https://old')]);
    const before = await bench.admit();
    await seen(0, 1);
    await served.apply([at('https://new', { concurrency: 2 })]);
    const after = await bench.admit();
    await seen(1, 1);
    made[1]?.calls[0]?.resolve();
    expect(await ended(after)).toMatchObject({ content: 'https://new' });
    expect([made[0]?.closed, made[0]?.calls.length]).toEqual([false, 1]);
    made[0]?.calls[0]?.resolve();
    expect(await ended(before)).toMatchObject({ content: 'https://old' });
    while (made[0]?.closed !== true) await bench.app.database.ping();
  });

  it('connects anew for what an adapter sees, and not for a price', async () => {
    const model = {
      ...{ id: 'm', provider: 'vendor', providerModel: 'm', capabilities: [], params: {}, versions: {} },
      ...{ fallbackModels: [], options: {} },
    };
    const price = { inputPerMillion: 1n, outputPerMillion: 1n, perRequest: 0n, perImage: {} };
    const models = (more: object): Partial<ProviderSettings> =>
      ({ models: [{ ...model, price: { ...price, ...more }, ...more }] }) as unknown as Partial<ProviderSettings>;
    await served.apply([at('https://one', models({}))]);
    await served.apply([at('https://one', models({ perRequest: 5n, quality: 1 }))]);
    expect(made).toHaveLength(1);
    await served.apply([at('https://one', models({ providerModel: 'm-2' }))]);
    expect(made).toHaveLength(2);
  });

  it('goes on as before where a provider cannot be served as it is configured, and says so', async () => {
    await served.apply([at('https://one')]);
    await served.apply([at('https://broken'), at('https://other', { name: 'other' })]);
    expect([served.names, made[0]?.closed]).toEqual([['vendor', 'other'], false]);
    expect(lines.join('')).toMatch(/baseURL is broken.*cannot be served as it is configured now/s);
    const id = await bench.admit();
    await seen(0, 1);
    made[0]?.calls[0]?.resolve();
    expect(await ended(id)).toMatchObject({ content: 'https://one' });
  });
});
