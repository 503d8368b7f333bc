import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeEngines } from '@switchyard/queue/testing';
import { KEYS } from '../__fixtures__/configuration.js';
import { GENERATION, startTestApi, type TestApi } from '../__fixtures__/test-api.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const NEVER = `job_${'0'.repeat(32)}`;

describeEngines('jobs over HTTP', (engine) => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi({ engine });
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  /** Submits a job and has the worker end it. */
  async function ended(how: 'succeed' | 'fail' | 'cancel', fields: object = {}): Promise<string> {
    const id = await api.submit(fields);
    const [job] = await claimOnly(id);
    await api.worker[how](job);
    return id;
  }

  /** Claims everything that waits, which must be this job. */
  async function claimOnly(id: string): Promise<[Awaited<ReturnType<typeof api.worker.claimOne>>]> {
    const job = await api.worker.claimOne();
    expect(job.id).toBe(id);
    expect(await api.worker.claim()).toEqual([]);
    return [job];
  }

  it('admits a job: 202, where to read it, and the whole job', async () => {
    const { status, headers, body } = await api.ask('/v1/jobs', { json: GENERATION });
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/v1/jobs/${body.id}`);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(body).toEqual({
      id: expect.stringMatching(/^job_[0-9a-f]{32}$/),
      type: 'generation',
      status: 'queued',
      provider: 'sim',
      model: 'chat',
      modelVersion: 'v2',
      task: null,
      choice: { reason: 'the default model of the default provider sim', rule: null, loadBalancer: null },
      experiment: null,
      createdAt: expect.stringMatching(ISO),
      startedAt: null,
      finishedAt: null,
      cached: false,
      priority: 5,
      waiting: { for: 'worker', detail: expect.any(String) },
      result: null,
      error: null,
      cost: { estimated: expect.stringMatching(/^\d+\.\d{2,9}$/), actual: null, currency: 'USD' },
      attempts: [],
      plan: [{ provider: 'sim', model: 'chat', modelVersion: 'v2', status: 'current', error: null }],
      userId: null,
      retryOf: null,
      metadata: {},
    });
    expect((await api.ask(`/v1/jobs/${body.id}`)).body).toEqual(body);
    await claimOnly(body.id).then(([job]) => api.worker.succeed(job));
  });

  it('keeps what the client attached', async () => {
    const attached = {
      type: 'code',
      selection: { modelId: 'smarter', modelVersion: 'v1' },
      priority: 0,
      task: { type: 'planning', complexity: 0.9 },
      userId: 'user-42',
      metadata: { any: 'string', 'naïve "key"': '👍 \\u0000' },
    };
    const id = await api.submit(attached);
    const { selection: _selection, ...shown } = attached;
    expect((await api.ask(`/v1/jobs/${id}`)).body).toMatchObject({ ...shown, model: 'chat', modelVersion: 'v1' });
    await claimOnly(id).then(([job]) => api.worker.succeed(job));
  });

  it('shows a job that runs, and one that has succeeded with its attempt and its cost', async () => {
    const id = await api.submit();
    const [claimed] = await claimOnly(id);
    const running = await api.ask(`/v1/jobs/${id}`);
    expect(running.body).toMatchObject({
      status: 'running',
      waiting: null,
      startedAt: expect.stringMatching(ISO),
      attempts: [{ number: 1, outcome: null, finishedAt: null, cost: null }],
    });
    await api.worker.succeed(claimed, undefined, { vendor: 'as it came' });
    const { body } = await api.ask(`/v1/jobs/${id}`);
    expect(body).toMatchObject({
      status: 'succeeded',
      finishedAt: expect.stringMatching(ISO),
      result: {
        content: 'Hello.',
        model: 'chat',
        usage: { promptTokens: 3, completionTokens: 2, totalTokens: 5 },
        finishReason: 'stop',
      },
      error: null,
      cost: { actual: '0.00123' },
    });
    expect(body.attempts).toEqual([
      {
        number: 1,
        provider: 'sim',
        model: 'chat',
        startedAt: body.startedAt,
        finishedAt: expect.stringMatching(ISO),
        outcome: 'succeeded',
        error: null,
        usage: { promptTokens: 3, completionTokens: 2, totalTokens: 5 },
        cost: '0.00123',
      },
    ]);
    expect(body.attempts[0].finishedAt <= body.finishedAt).toBe(true);
    expect(body).not.toHaveProperty('raw');
    expect((await api.ask(`/v1/jobs/${id}?raw=true`)).body).toEqual({ ...body, raw: { vendor: 'as it came' } });
    expect((await api.ask(`/v1/jobs/${id}?raw=false`)).body).toEqual(body);
  });

  it('answers embeddings and images', async () => {
    const vectors = {
      embeddings: [
        [0.25, -1],
        [0.5, 2],
      ],
      dimensions: 2,
      usage: { promptTokens: 3, completionTokens: 0, totalTokens: 3 },
    };
    const embedding = await api.submit({ type: 'embedding', request: { input: ['a', 'b'] } });
    await claimOnly(embedding).then(([job]) => api.worker.succeed(job, vectors));
    expect((await api.ask(`/v1/jobs/${embedding}`)).body.result).toEqual(vectors);

    const made = { images: [{ url: 'https://example.com/1.png', mimeType: 'image/png' }] };
    const image = await api.submit({ type: 'image', request: { prompt: 'a cat' } });
    await claimOnly(image).then(([job]) => api.worker.succeed(job, made));
    expect((await api.ask(`/v1/jobs/${image}?raw=true`)).body).toMatchObject({ result: made, raw: null });
  });

  it('waits with `Prefer: wait`: 200 and the finished job as soon as it has ended', async () => {
    const answer = api.ask('/v1/jobs', { json: GENERATION, headers: { prefer: 'respond-async, wait=30' } });
    for (const job of await claimed(1)) await api.worker.succeed(job);
    const { status, body, headers } = await answer;
    expect([status, body.status]).toEqual([200, 'succeeded']);
    expect(headers.get('location')).toBe(`/v1/jobs/${body.id}`);
    expect(headers.get('preference-applied')).toBe('wait=30');
  });

  it.each([
    ['wait=0', 'wait=0'],
    ['wait=soon', null],
    ['return=minimal', null],
  ])('answers 202 at once to `Prefer: %s`', async (prefer, applied) => {
    const { status, body, headers } = await api.ask('/v1/jobs', { json: GENERATION, headers: { prefer } });
    expect([status, body.status, headers.get('preference-applied')]).toEqual([202, 'queued', applied]);
    await claimOnly(body.id).then(([job]) => api.worker.succeed(job));
  });

  it('takes more than 60 seconds for 60, however many', async () => {
    const answer = api.ask('/v1/jobs', { json: GENERATION, headers: { prefer: `wait=${'9'.repeat(30)}` } });
    for (const job of await claimed(1)) await api.worker.succeed(job);
    expect((await answer).headers.get('preference-applied')).toBe('wait=60');
  });

  it('answers 202 when the job does not end in time', async () => {
    const { status, body } = await api.ask('/v1/jobs', { json: GENERATION, headers: { prefer: 'wait=1' } });
    expect([status, body.status]).toEqual([202, 'queued']);
    await claimOnly(body.id).then(([job]) => api.worker.succeed(job));
  });

  it('holds a read until the job ends, for every client that waits', async () => {
    const id = await api.submit();
    const [job] = await claimOnly(id);
    const answers = ['60', '61', '99999999999999999999', '30.5'].map((seconds) =>
      api.ask(`/v1/jobs/${id}?waitSeconds=${seconds}`),
    );
    await api.worker.fail(job);
    for (const { status, body } of await Promise.all(answers)) {
      expect([status, body.status]).toEqual([200, 'failed']);
      expect(body.error).toEqual({
        type: 'provider_error',
        code: 'network',
        message: expect.any(String),
        retryable: true,
      });
    }
    const after = await api.ask(`/v1/jobs/${id}?waitSeconds=60`);
    expect(after.body.status).toBe('failed');
  });

  it('answers a wait that is over with the job as it is', async () => {
    const id = await api.submit();
    expect((await api.ask(`/v1/jobs/${id}?waitSeconds=0.2`)).body.status).toBe('queued');
    await claimOnly(id).then(([job]) => api.worker.succeed(job));
  });

  it.each(['abc', '-1', '', '1e1', '0x10', 'NaN', 'Infinity', '1&waitSeconds=2'])(
    'refuses `waitSeconds=%s`',
    async (seconds) => {
      const { status, body } = await api.ask(`/v1/jobs/${NEVER}?waitSeconds=${seconds}`);
      expect([status, body.error.param]).toEqual([422, 'waitSeconds']);
    },
  );

  it('tells of a delay, and gives the job to no worker before', async () => {
    const id = await api.submit({ delaySeconds: 3600 });
    const { body } = await api.ask(`/v1/jobs/${id}`);
    expect(body.waiting).toMatchObject({ for: 'delay', expectedStart: expect.stringMatching(ISO) });
    expect(Date.parse(body.waiting.expectedStart) - Date.parse(body.createdAt)).toBe(3_600_000);
    expect(await api.worker.claim()).toEqual([]);
    expect((await api.ask(`/v1/jobs/${id}/cancel`, { method: 'POST' })).body).toMatchObject({
      status: 'canceled',
      waiting: null,
    });
  });

  it('cancels a queued job, which then never runs', async () => {
    const id = await api.submit();
    const waiting = api.ask(`/v1/jobs/${id}?waitSeconds=30`);
    const { status, body } = await api.ask(`/v1/jobs/${id}/cancel`, { method: 'POST' });
    expect([status, body.id, body.status]).toEqual([200, id, 'canceled']);
    expect(body).toMatchObject({ attempts: [], cost: { actual: '0.00' }, finishedAt: expect.stringMatching(ISO) });
    expect((await waiting).body.status).toBe('canceled');
    expect(await api.worker.claim()).toEqual([]);
    const again = await api.ask(`/v1/jobs/${id}/cancel`, { method: 'POST' });
    expect([again.status, again.body.error.type]).toEqual([409, 'conflict_error']);
  });

  it('cancels a running job once its worker has closed the call', async () => {
    const id = await api.submit();
    const [job] = await claimOnly(id);
    const answer = api.ask(`/v1/jobs/${id}/cancel`, { method: 'POST' });
    await api.worker.cancelWished(job);
    await api.worker.cancel(job);
    const { status, body } = await answer;
    expect([status, body.status]).toEqual([200, 'canceled']);
    expect(body.attempts[0]).toMatchObject({ outcome: 'canceled', cost: '0.00123' });
  });

  it('answers 202 when closing the call takes longer, and 409 when the job ended otherwise', async () => {
    const id = await api.submit();
    const [job] = await claimOnly(id);
    const slow = await api.ask(`/v1/jobs/${id}/cancel`, { method: 'POST' });
    expect([slow.status, slow.body.status]).toEqual([202, 'running']);
    const raced = api.ask(`/v1/jobs/${id}/cancel`, { method: 'POST' });
    await api.worker.succeed(job);
    expect((await raced).status).toBe(409);
  });

  it.each(['fail', 'cancel'] as const)('retries a job that its worker let %s, as a new one', async (how) => {
    const id = await ended(how, { priority: 2, userId: 'u', metadata: { a: 'b' }, selection: { modelId: 'smart' } });
    const { status, headers, body } = await api.ask(`/v1/jobs/${id}/retry`, { method: 'POST' });
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/v1/jobs/${body.id}`);
    expect(body).toMatchObject({
      status: 'queued',
      retryOf: id,
      priority: 2,
      userId: 'u',
      metadata: { a: 'b' },
      model: 'chat',
    });
    expect(body.id).not.toBe(id);
    const [job] = await claimOnly(body.id);
    expect(JSON.parse(job.payload).request).toEqual(GENERATION.request);
    await api.worker.succeed(job);
  });

  it('retries no job that is queued, runs or has succeeded', async () => {
    const id = await api.submit();
    const retry = async (): Promise<unknown> => (await api.ask(`/v1/jobs/${id}/retry`, { method: 'POST' })).body.error;
    expect(await retry()).toMatchObject({ type: 'conflict_error', message: expect.stringContaining('queued') });
    const [job] = await claimOnly(id);
    expect(await retry()).toMatchObject({ type: 'conflict_error', message: expect.stringContaining('running') });
    await api.worker.succeed(job);
    expect(await retry()).toMatchObject({ type: 'conflict_error', message: expect.stringContaining('succeeded') });
  });

  it.each(['cancel', 'retry'])('takes no body for %s: nothing, null and {} are none', async (route) => {
    for (const text of ['', 'null', '{}']) {
      expect((await api.ask(`/v1/jobs/${NEVER}/${route}`, { text, method: 'POST' })).status).toBe(404);
    }
    const { status, body } = await api.ask(`/v1/jobs/${NEVER}/${route}`, { json: { reason: 'x' } });
    expect([status, body.error.param]).toEqual([422, 'reason']);
  });

  it('makes a job for the tenant that an admin key names, and one of `default` else', async () => {
    const mine = await api.submit({}, { key: KEYS.admin });
    const theirs = await api.submit({}, { key: KEYS.admin, headers: { 'x-tenant': 'globex' } });
    expect((await api.ask(`/v1/jobs/${theirs}`, { key: KEYS.globex })).status).toBe(200);
    expect((await api.ask(`/v1/jobs/${mine}`, { key: KEYS.globex })).status).toBe(404);
    const ignored = await api.submit({}, { headers: { 'x-tenant': 'globex' } });
    expect((await api.ask(`/v1/jobs/${ignored}`, { key: KEYS.globex })).status).toBe(404);
    const unknown = await api.ask('/v1/jobs', { json: GENERATION, key: KEYS.admin, headers: { 'x-tenant': 'nobody' } });
    expect([unknown.status, unknown.body.error.param]).toEqual([422, 'x-tenant']);
    for (const job of await api.worker.claim()) await api.worker.succeed(job);
  });

  it('has logged nothing of what was asked and answered', () => {
    expect(api.log()).not.toMatch(/Say hello|Hello\.|as it came|user-42/);
  });

  /** Claims until there are so many. */
  async function claimed(count: number): ReturnType<typeof api.worker.claim> {
    const jobs = await api.worker.claim();
    return jobs.length >= count ? jobs : [...jobs, ...(await claimed(count - jobs.length))];
  }
});
