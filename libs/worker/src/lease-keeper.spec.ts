import { jest } from '@jest/globals';
import { LEASE_MS } from '@switchyard/jobs';
import { openWorkerBench, type WorkerBench } from './__fixtures__/worker-bench.js';
import { LeaseKeeper } from './lease-keeper.js';

describe('LeaseKeeper', () => {
  let bench: WorkerBench;

  beforeAll(async () => {
    bench = await openWorkerBench();
  }, 60_000);
  afterAll(() => bench.close());
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('knows by its own clock that its lease is over, until a beat has come through', async () => {
    const keeper = new LeaseKeeper('openai', { ...bench.app, settler: bench.settler, pumps: () => [] });
    expect(keeper.holdsLease).toBe(false);
    await keeper.start();
    expect(keeper.holdsLease).toBe(true);
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + LEASE_MS);
    expect(keeper.holdsLease).toBe(false);
    while (!keeper.holdsLease) await new Promise((resolve) => setTimeout(resolve, 20));
    await keeper.stop();
  });
});
