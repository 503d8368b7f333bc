import { balanceLedger } from '@switchyard/budget';
import { sql } from '@switchyard/database';
import { describeOnEngines } from './__fixtures__/engines.js';
import { startGateway, type Gateway } from './__fixtures__/gateway.js';

const JOBS = 50;

describeOnEngines('a queue that loses everything', (engine) => {
  let gateway: Gateway;

  beforeAll(async () => {
    await engine.start();
    gateway = await startGateway(engine.url(), ['simulator', 'api', 'courier']);
  }, 60_000);
  afterAll(async () => {
    await gateway.close();
    await engine.stop();
  }, 30_000);

  it('delays 50 queued jobs and loses none', async () => {
    const jobs = await Promise.all(
      Array.from({ length: JOBS }, (_, index) =>
        gateway.submit({ type: 'embedding', request: { input: `text ${index}` } }),
      ),
    );
    const workerStarts = gateway.start('worker-openai');
    const emptied = emptyQueue();
    await Promise.all([workerStarts, emptied]);
    await emptyQueue();

    const ended = await Promise.all(jobs.map((job) => gateway.read(job.id, 30)));
    expect(ended.map((job) => job.status)).toEqual(jobs.map(() => 'succeeded'));
    expect(ended.every((job) => job.attempts.length === 1)).toBe(true);
    expect(await balanceLedger(gateway.database)).toMatchObject({
      attempts: JOBS,
      held: 0n,
      unbalanced: 0,
      miscounted: 0,
    });
  }, 60_000);

  async function emptyQueue(): Promise<void> {
    const redis = engine.redis();
    if (redis) expect(await redis.command('FLUSHALL')).toBe('+OK');
    else await gateway.database.query(sql`delete from bullmq.job`);
  }
});
