import { foldUsage } from '@switchyard/budget';
import { foldQuality } from '@switchyard/jobs';
import { CONFIGURATION, KEYS } from '../__fixtures__/configuration.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

const UNKNOWN = `job_${'0'.repeat(32)}`;

describe('feedback', () => {
  let api: TestApi;

  beforeAll(async () => {
    const tenants = CONFIGURATION.replace('  globex:\n', '  globex:\n    storePrompts: false\n');
    api = await startTestApi({ configuration: tenants });
  }, 60_000);
  afterAll(() => api.close());

  /** A job of such a task that succeeded, answered by this model. */
  async function answered(modelId: string, more: object = {}, key: string = KEYS.acme): Promise<string> {
    const id = await api.submit({ selection: { modelId }, ...more }, { key });
    await api.worker.succeed(await api.worker.claimOne());
    return id;
  }
  const give = (id: string, json: object, key: string = KEYS.acme): ReturnType<TestApi['ask']> =>
    api.ask(`/v1/jobs/${id}/feedback`, { json, key });
  const PLANNING = { task: { type: 'planning', complexity: 0.5 } };

  it('is kept with what the job was for, stated or read from its prompt', async () => {
    const { status, body } = await give(await answered('chat', PLANNING), { score: 0.5, label: 'half' });
    expect([status, body]).toEqual([
      200,
      { model: 'chat', task: 'planning', score: 0.5, expected: null, label: 'half', at: expect.any(String) },
    ]);
    const prompt = 'Write unit tests for the parser.';
    const read = await give(await answered('chat', { request: { prompt } }), { expected: 'tests' });
    expect(read.body).toMatchObject({ task: 'testing', expected: 'tests', score: null });
  });

  it('keeps no content of a tenant that keeps no prompts', async () => {
    const id = await answered('chat', PLANNING, KEYS.globex);
    expect((await give(id, { score: 1, expected: 'secret' }, KEYS.globex)).body).toMatchObject({
      score: 1,
      expected: null,
    });
  });

  it.each<[object, string]>([
    [{}, 'score'],
    [{ score: 1.01 }, 'score'],
    [{ score: '1' }, 'score'],
    [{ score: -1 }, 'score'],
    [{ score: 1, stars: 5 }, 'stars'],
    [{ label: '' }, 'label'],
    [{ expected: 'x'.repeat(40_000) }, 'expected'],
  ])('refuses %j', async (json, param) => {
    const { status, body } = await give(await answered('chat'), json);
    expect([status, body.error.param]).toEqual([422, param]);
  });

  it("is given by the job's own tenant alone, on an answer", async () => {
    const id = await answered('chat');
    expect((await give(id, { score: 1 }, KEYS.globex)).status).toBe(404);
    expect((await give(UNKNOWN, { score: 1 })).status).toBe(404);
    expect((await give(id, { score: 1 }, KEYS.admin)).status).toBe(200);
    const waiting = await api.submit({ delaySeconds: 60 });
    expect((await give(waiting, { score: 1 })).body.error).toMatchObject({ type: 'conflict_error' });
  });

  it('decides what `value` picks: the cheapest that is said to be good enough, by the last word on each job', async () => {
    const prefer = { selection: { prefer: 'value' }, task: { type: 'documentation', complexity: 0.3 } };
    const route = async (): Promise<ReturnType<typeof JSON.parse>> =>
      (await api.ask('/v1/route', { json: { type: 'generation', request: { prompt: 'x' }, ...prefer } })).body;
    const learn = async (): Promise<void> => {
      await foldQuality(api.app.database);
      await api.measured.refresh();
    };
    const task = { task: prefer.task };
    const cheap = [await answered('meta/llama-3.1', task), await answered('meta/llama-3.1', task)];
    cheap.push(await answered('meta/llama-3.1', task));
    for (const id of cheap) await give(id, { score: 0.2 });
    for (let times = 0; times < 3; times += 1) await give(await answered('chat', task), { score: 0.9 });
    await learn();
    expect(await route()).toMatchObject({
      chosen: { model: 'chat' },
      reason: 'the cheapest whose measured quality for documentation is within 0.05 of the best',
    });
    for (const id of cheap) await give(id, { score: 0.88 });
    await learn();
    expect((await route()).chosen.model).toBe('meta/llama-3.1');
  });

  it('stands beside what is measured of every attempt: how long it took, and whether the vendor failed', async () => {
    for (let times = 0; times < 4; times += 1) await answered('gold-chat', {}, KEYS.acmePremium);
    for (let times = 0; times < 4; times += 1) {
      await api.submit({ selection: { modelId: 'premium-chat' } }, { key: KEYS.acmePremium });
      await api.worker.fail(await api.worker.claimOne());
    }
    await foldUsage(api.app.database);
    await api.measured.refresh();
    expect(api.measured.current.get('gold-chat')).toMatchObject({ errorRate: 0, latencyMs: expect.any(Number) });
    const { errorRate, latencyMs } = api.measured.current.get('premium-chat') ?? {};
    expect(errorRate).toBeCloseTo(4 / 6, 2);
    expect(latencyMs).toBeUndefined();
  });
});
