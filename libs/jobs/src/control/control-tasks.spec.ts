import { sql } from '@switchyard/database';
import { describeEngines } from '@switchyard/queue/testing';
import { openJobBench, type JobBench } from '../__fixtures__/job-bench.js';
import { until } from '../__fixtures__/until.js';
import { openReconciler } from '../reconcile.js';
import { parseControlAsked, TOPICS } from '../topics.js';
import { readHealth, readHello, readModels, readToken, writeAnswer } from './answers.js';
import { answerControlTask, claimControlTasks, forgetControlTasks, type ControlTask } from './control-tasks.js';
import { openProviderDesk, type ProviderDesk } from './provider-desk.js';

const PATIENT = { limitMs: 30_000, untakenMs: 30_000 };

describeEngines('questions to vendors', (engine) => {
  let bench: JobBench;
  let desk: ProviderDesk;
  let worker: number;

  beforeAll(async () => {
    bench = await openJobBench(engine);
    desk = await openProviderDesk(bench.database, bench.queue);
    worker = await bench.worker();
  });
  afterEach(async () => {
    await bench.database.query(sql`delete from control_tasks`);
  });
  afterAll(async () => {
    desk.close();
    await bench.close();
  });

  const claim = (workerId = worker, atMost = 10, providers = ['openai', 'groq']): Promise<ControlTask[]> =>
    claimControlTasks(bench.database, { workerId, providers, atMost });

  async function claimOne(workerId = worker): Promise<ControlTask> {
    let claimed: ControlTask | undefined;
    await until(async () => {
      [claimed] = await claim(workerId);
      return claimed !== undefined;
    });
    if (!claimed) throw new Error('Nothing was claimed.');
    return claimed;
  }

  const answer = (task: ControlTask, given: unknown, workerId = worker): Promise<boolean> =>
    answerControlTask(bench, { id: task.id, workerId }, given);

  it('are heard by workers, and their answers by who asked, long before anybody looks', async () => {
    let hear: (provider: unknown) => void = () => undefined;
    const heard = new Promise<unknown>((resolve) => (hear = resolve));
    await bench.queue.subscribe(TOPICS.controlAsked, ({ data }) => hear(parseControlAsked(data)));
    const startedAt = performance.now();
    const asking = desk.ask({ provider: 'openai', kind: 'models', payload: { models: ['gpt-4'] } }, PATIENT);
    expect(await heard).toBe('openai');
    const task = await claimOne();
    expect(task).toMatchObject({ provider: 'openai', kind: 'models', payload: { models: ['gpt-4'] } });
    expect(task.remainingMs).toBeGreaterThan(20_000);
    expect(task.remainingMs).toBeLessThanOrEqual(30_000);
    expect(await answer(task, { answer: { listed: [], missing: [] } })).toBe(true);
    expect(await asking).toEqual({ state: 'answered', id: task.id, answer: { answer: { listed: [], missing: [] } } });
    expect(performance.now() - startedAt).toBeLessThan(900);
  });

  it('are answered although every signal is lost', async () => {
    const other = await openProviderDesk(bench.database);
    const asking = other.ask({ provider: 'openai', kind: 'health' }, PATIENT);
    await answer(await claimOne(), { error: { code: 'network', message: 'Away.' } });
    expect(await asking).toMatchObject({ state: 'answered' });
  });

  it('go to one worker each, the oldest first, and only to those that serve the provider', async () => {
    const asked = ['openai', 'openai', 'groq', 'anthropic'].map((provider) =>
      desk.ask({ provider, kind: 'health' }, PATIENT),
    );
    await until(async () => (await bench.database.query(sql`select from control_tasks`)).length === 4);
    const others = await Promise.all(Array.from({ length: 8 }, () => claim(worker, 1)));
    expect(others.flat()).toHaveLength(3);
    expect(new Set(others.flat().map(({ id }) => id)).size).toBe(3);
    const [last] = await claim(worker, 10, ['anthropic']);
    for (const task of [...others.flat(), ...(last ? [last] : [])]) await answer(task, { answer: {} });
    for (const outcome of await Promise.all(asked)) expect(outcome.state).toBe('answered');
  });

  it('are taken back when nobody takes them', async () => {
    expect(await desk.ask({ provider: 'openai', kind: 'health' }, { limitMs: 30_000, untakenMs: 50 })).toEqual({
      state: 'untaken',
    });
    expect(await desk.ask({ provider: 'openai', kind: 'health' }, { limitMs: 50 })).toEqual({ state: 'untaken' });
    expect(await claim()).toEqual([]);
  });

  it('are given up when a worker takes one and says nothing, and its late answer changes nothing', async () => {
    const asking = desk.ask({ provider: 'openai', kind: 'health' }, { limitMs: 400 });
    const task = await claimOne();
    expect(await asking).toEqual({ state: 'unanswered' });
    expect(await claim(await bench.worker())).toEqual([]);
    await answer(task, { answer: {} });
  });

  it('end with the abort of who asks', async () => {
    const abort = new AbortController();
    const asking = desk.ask({ provider: 'openai', kind: 'health' }, { ...PATIENT, signal: abort.signal });
    await claimOne();
    abort.abort(new Error('leaving'));
    await expect(asking).rejects.toThrow('leaving');
  });

  it('are asked again by another worker when theirs dies, and the dead one answers nothing', async () => {
    const dying = await bench.worker();
    const asking = desk.ask({ provider: 'openai', kind: 'token' }, PATIENT);
    const task = await claimOne(dying);
    expect(await claim()).toEqual([]);
    await bench.untilLeasesCount();
    await bench.killWorker(dying);
    await openReconciler(bench.database, bench.queue).reconcile();
    const again = await claimOne();
    expect(again.id).toBe(task.id);
    expect(await answer(task, { answer: 'dead' }, dying)).toBe(false);
    expect(await answer(task, { answer: 'alive' })).toBe(true);
    expect(await answer(task, { answer: 'twice' })).toBe(false);
    expect(await asking).toMatchObject({ answer: { answer: 'alive' } });
  });

  it('are forgotten an hour after their time', async () => {
    await desk.ask({ provider: 'openai', kind: 'health' }, { limitMs: 1, untakenMs: 0 });
    await bench.database.query(sql`
      insert into control_tasks (provider, kind, payload, created_at, expires_at)
      select 'openai', 'health', '{}', now(), now() - minutes * interval '1 minute' from unnest(array[59, 61]) as minutes`);
    expect(await forgetControlTasks(bench.database)).toBe(1);
    expect(await bench.database.query(sql`select from control_tasks`)).toHaveLength(1);
  });
});

describe('answers of vendors', () => {
  const auth = { kind: 'api_key', status: 'valid', expiresAt: null } as const;
  const error = { code: 'network', message: 'Away.' };
  const word = { model: 'gpt-4', length: 5, costNano: 12_345n, promptTokens: 1, completionTokens: 2 };

  it('are read as they were written', () => {
    const health = {
      answer: { error: null, auth, latencyMs: 12, models: ['a'], facts: { device: 'cpu', threads: 2 } },
    };
    expect(readHealth(writeAnswer(health))).toEqual(health);
    const ill = {
      answer: { error, auth: { ...auth, status: 'invalid', reason: 'No.' }, latencyMs: 12, models: [], facts: {} },
    };
    expect(readHealth(writeAnswer(ill))).toEqual(ill);
    const models = { answer: { listed: ['a', 'b'], missing: ['c'] } };
    expect(readModels(writeAnswer(models))).toEqual(models);
    const token = { answer: { kind: 'google', length: 3, expiresAt: '2026-11-21T08:00:00.000Z' } };
    expect(readToken(writeAnswer(token))).toEqual(token);
    for (const hello of [
      { word, error: null },
      { word: null, error },
    ]) {
      const answer = { answer: { ...hello, auth, latencyMs: 1 } };
      expect(readHello(writeAnswer(answer))).toEqual(answer);
    }
    expect(readModels(writeAnswer({ error }))).toEqual({ error });
  });

  it.each([
    [null],
    [[]],
    ['text'],
    [{}],
    [{ error: 'text' }],
    [{ answer: { listed: [1], missing: [] } }],
    [{ answer: { kind: 'magic', length: 1, expiresAt: null } }],
    [{ answer: { error: null, auth, latencyMs: 'soon', models: [] } }],
    [{ answer: { error: null, auth, latencyMs: 1, models: [], facts: { device: {} } } }],
    [{ answer: { word: { ...word, costNano: '-1' }, error: null, auth, latencyMs: 1 } }],
  ])('are refused where they are not understood: %j', (row) => {
    for (const read of [readHealth, readModels, readToken, readHello]) {
      const plain: unknown = JSON.parse(
        JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? 1 : value)),
      );
      expect(read(plain)).toMatchObject({ error: { code: 'unsupported' } });
    }
  });
});
