import { balanceLedger } from '@switchyard/budget';
import { sql } from '@switchyard/database';
import { until } from '@switchyard/stage';
import { describeOnEngines } from './__fixtures__/engines.js';
import { SLOW_MS, startGateway, type Gateway } from './__fixtures__/gateway.js';

const JOBS = 50;
const RECOVERY_LIMIT_MS = 15_000;

describeOnEngines('a worker that is killed', (engine) => {
  let gateway: Gateway;

  beforeAll(async () => {
    await engine.start();
    gateway = await startGateway(engine.url(), ['simulator', 'api', 'courier', 'worker-openai']);
  }, 60_000);
  afterAll(async () => {
    await gateway.close();
    await engine.stop();
  }, 30_000);

  it('loses no job of 50 in mid-call, and pays each attempt once', async () => {
    const jobs = await Promise.all(
      Array.from({ length: JOBS }, (_, index) =>
        gateway.submit({
          type: 'generation',
          request: { prompt: `call ${index}`, maxTokens: 20 },
          selection: { modelId: 'slow' },
        }),
      ),
    );
    await until('all calls at the vendor', async () => (await vendorStats(gateway)).inFlight === JOBS, 10_000);
    await gateway.apps.get('worker-openai')?.end('SIGKILL');
    const killedAt = Date.now();
    await gateway.start('worker-openai');

    const ended = await Promise.all(jobs.map((job) => gateway.read(job.id, 60)));
    expect(ended.map((job) => job.status)).toEqual(jobs.map(() => 'succeeded'));
    expect(Date.now() - killedAt).toBeLessThan(RECOVERY_LIMIT_MS + 2 * SLOW_MS);
    for (const job of ended) {
      expect(job.attempts.map(({ outcome }) => outcome)).toEqual(['unknown', 'succeeded']);
      expect(job.attempts[0]).toMatchObject({ cost: job.cost.estimated, estimated: true });
    }

    // One result each, nothing left behind, the ledger balanced, and every call that the vendor saw recorded.
    expect(await count(gateway, 'job_results')).toBe(JOBS);
    expect(await count(gateway, 'live_jobs')).toBe(0);
    expect(await balanceLedger(gateway.database)).toMatchObject({
      attempts: 2 * JOBS,
      held: 0n,
      unbalanced: 0,
      miscounted: 0,
    });
    expect(await count(gateway, 'calls')).toBe((await vendorStats(gateway)).requests);
  }, 120_000);
});

async function vendorStats(gateway: Gateway): Promise<{ requests: number; inFlight: number }> {
  return (await (await fetch(`${gateway.vendorUrl}/stats`)).json()) as { requests: number; inFlight: number };
}

async function count(gateway: Gateway, table: 'job_results' | 'live_jobs' | 'calls'): Promise<number> {
  const statements = {
    job_results: sql`select count(*) as rows from job_results`,
    live_jobs: sql`select count(*) as rows from live_jobs`,
    calls: sql`select count(*) as rows from calls`,
  };
  const [row] = await gateway.database.query<{ rows: bigint }>(statements[table]);
  return Number(row?.rows);
}
