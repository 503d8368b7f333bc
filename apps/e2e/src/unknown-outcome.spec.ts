import { balanceLedger } from '@switchyard/budget';
import { sql } from '@switchyard/database';
import type { JobView } from '@switchyard/contract';
import { startGateway, type Gateway } from './__fixtures__/gateway.js';

describe('what an attempt costs that has no answer', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await startGateway(undefined, ['simulator', 'api', 'worker-openai']);
  }, 60_000);
  afterAll(() => gateway.close());

  async function run(modelId: string): Promise<JobView> {
    const body = { type: 'generation', request: { prompt: 'Why?', maxTokens: 20 }, selection: { modelId } };
    return await gateway.read((await gateway.submit(body)).id, 30);
  }

  async function callStates(): Promise<string[]> {
    const rows = await gateway.database.query<{ state: string }>(sql`select state from calls order by id`);
    return rows.map(({ state }) => state);
  }

  it('is what was reserved where the vendor broke off, and nothing where it refused or was never reached', async () => {
    const cut = await run('cut-once');
    expect(cut.status).toBe('succeeded');
    const { estimated } = cut.cost;
    expect(cut.attempts).toMatchObject([
      { outcome: 'unknown', cost: estimated, estimated: true, error: { code: 'network' } },
      { outcome: 'succeeded' },
    ]);

    const refused = await run('refused-once');
    expect(refused.attempts).toMatchObject([
      { outcome: 'failed', cost: '0.00', error: { code: 'overloaded' } },
      { outcome: 'succeeded' },
    ]);
    expect(refused.cost.actual).toBe(refused.attempts[1]?.cost);

    const unreachable = await run('unreachable');
    expect(unreachable).toMatchObject({ status: 'failed', error: { code: 'network' }, cost: { actual: '0.00' } });
    expect(unreachable.attempts).toHaveLength(3);
    for (const attempt of unreachable.attempts) {
      expect(attempt).toMatchObject({ outcome: 'failed', cost: '0.00' });
      expect(attempt.estimated).toBeUndefined();
    }

    const own = ['unknown', 'answered', 'answered', 'answered', 'unsent', 'unsent', 'unsent'];
    expect(await callStates()).toEqual(own);
    expect(await balanceLedger(gateway.database)).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
  }, 60_000);
});
