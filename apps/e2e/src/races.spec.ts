import { balanceLedger, readBudgetUsage, type BudgetWindow } from '@switchyard/budget';
import { nanoUsd, formatUsd, type JobView } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { boundPromptTokens } from '@switchyard/registry';
import { until } from '@switchyard/stage';
import { describeOnEngines } from './__fixtures__/engines.js';
import { configuration, startGateway, type Gateway } from './__fixtures__/gateway.js';

const PROMPT = 'race';
const MAX_TOKENS = 20;
/** What one attempt reserves at the prices of the models. */
const RESERVED = nanoUsd(BigInt(boundPromptTokens({ prompt: PROMPT })) * 3_000n + BigInt(MAX_TOKENS) * 7_000n);
const ROOM = 100n;
const LIMIT = formatUsd(nanoUsd(ROOM * RESERVED));
const BUDGETS = `[{ name: plain, model: quick, dailyLimit: "${LIMIT}" }, { name: retried, model: refused-once, dailyLimit: "${LIMIT}" }]`;

describeOnEngines('two API processes under a race', (engine) => {
  let gateway: Gateway;

  beforeAll(async () => {
    await engine.start();
    gateway = await startGateway(engine.url(), ['simulator', 'api', 'second-api', 'courier'], (vendorUrl) =>
      configuration(vendorUrl, BUDGETS),
    );
  }, 60_000);
  afterAll(async () => {
    await gateway.close();
    await engine.stop();
  }, 30_000);

  const post = async (modelId: string, index: number, headers = {}): Promise<Response> =>
    await gateway.request(`${index % 2 === 0 ? gateway.url : gateway.secondUrl}/v1/jobs`, {
      method: 'POST',
      headers,
      body: JSON.stringify({
        type: 'generation',
        request: { prompt: PROMPT, maxTokens: MAX_TOKENS },
        selection: { modelId },
      }),
    });

  async function windowOf(budget: string): Promise<BudgetWindow> {
    const window = (await readBudgetUsage(gateway.database, budget))?.windows[0];
    if (!window) throw new Error(`There is no budget ${budget}.`);
    return window;
  }

  /** Looks at a budget all the time until `work` is done. @returns the most that it ever held. */
  async function watch(budget: string, work: Promise<unknown>): Promise<{ most: bigint; looks: number }> {
    let most = 0n;
    let looks = 0;
    let working = true;
    const done = work.finally(() => (working = false));
    while (working) {
      const { spent, reserved, overrun } = await windowOf(budget);
      const held = spent + reserved - overrun;
      if (held > most) most = held;
      looks += 1;
    }
    await done;
    return { most, looks };
  }

  async function untilAllEnded(): Promise<void> {
    const live = async (): Promise<boolean> => {
      const [row] = await gateway.database.query<{ jobs: bigint }>(sql`select count(*) as jobs from live_jobs`);
      return row?.jobs === 0n;
    };
    await until('every job has ended', live, 60_000);
  }

  it('admit exactly as many as a budget has room for', async () => {
    const burst = Promise.all(Array.from({ length: 1_000 }, async (_, index) => (await post('quick', index)).status));
    const { most, looks } = await watch('plain', burst);
    const statuses = await burst;
    expect(statuses.filter((status) => status === 202)).toHaveLength(Number(ROOM));
    expect(statuses.filter((status) => status === 402)).toHaveLength(1_000 - Number(ROOM));
    expect([most, looks > 3]).toEqual([ROOM * RESERVED, true]);
    await gateway.start('worker-openai');
    await untilAllEnded();
  }, 60_000);

  it.each([
    ['plain', 'quick'],
    ['retried', 'refused-once'],
  ])(
    'never overspend the budget %s, and use it up',
    async (budget, model) => {
      const statuses: number[] = [];
      const burst = Promise.all(
        Array.from({ length: 1_000 }, async (_, index) => statuses.push((await post(model, index)).status)),
      );
      const first = await watch(budget, burst);
      expect(new Set(statuses)).toEqual(new Set([202, 402]));
      let most = first.most;
      for (let admitted = 1; admitted > 0;) {
        await untilAllEnded();
        const again = Promise.all(Array.from({ length: 40 }, async (_, index) => (await post(model, index)).status));
        ({ most } = await watch(budget, again).then((seen) => ({ most: seen.most > most ? seen.most : most })));
        admitted = (await again).filter((status) => status === 202).length;
      }
      const window = await windowOf(budget);
      expect(most <= window.limit).toBe(true);
      expect(first.looks).toBeGreaterThan(3);
      expect(window).toMatchObject({ reserved: 0n, overrun: 0n });
      expect(window.spent * 100n >= window.limit * 95n).toBe(true);
      expect(await balanceLedger(gateway.database)).toMatchObject({ held: 0n, unbalanced: 0, miscounted: 0 });
    },
    180_000,
  );

  it('make one job, and one call, of 200 twins under one key; after a restart too', async () => {
    const key = { 'idempotency-key': 'twins' };
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => post('slow', index, key)));
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(199);
    const jobs = (await Promise.all(answers.map((answer) => answer.json()))) as JobView[];
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
    const [{ id } = { id: '' }] = jobs;
    const ended = await gateway.read(id, 30);
    expect([ended.status, ended.attempts.length]).toEqual(['succeeded', 1]);
    await Promise.all(
      (['api', 'second-api', 'worker-openai'] as const).map(async (app) => {
        await gateway.apps.get(app)?.end('SIGKILL');
        await gateway.start(app);
      }),
    );
    const later = await Promise.all(Array.from({ length: 20 }, (_, index) => post('slow', index, key)));
    expect(later.every(({ headers }) => headers.get('idempotent-replayed') === 'true')).toBe(true);
    const again = (await Promise.all(later.map((answer) => answer.json()))) as JobView[];
    expect(new Set(again.map((job) => job.id))).toEqual(new Set([id]));
    const log = await fetch(`${gateway.vendorUrl}/log?limit=1000`);
    const { requests } = (await log.json()) as { requests: { attempt: string | null }[] };
    expect(requests.filter(({ attempt }) => attempt?.startsWith(id))).toHaveLength(1);
  }, 120_000);
});
