import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, Call } from '../__fixtures__/call-api.js';
import { CONFIGURATION, KEYS } from '../__fixtures__/configuration.js';
import { GENERATION, startTestApi, type TestApi } from '../__fixtures__/test-api.js';

/** By api.md: never a hang. */
const LIMIT_MS = 5_000;

interface Pool {
  connect(): Promise<{ query(text: string): Promise<{ rows: Record<string, unknown>[] }>; release(): void }>;
}

describe('a database that is away', () => {
  let api: TestApi;
  let queued: string;
  let failed: string;

  beforeAll(async () => {
    api = await startTestApi();
    failed = await api.submit();
    await api.worker.fail(await api.worker.claimOne());
    queued = await api.submit({ delaySeconds: 600 });
  }, 60_000);
  afterEach(async () => {
    await api.proxy.open();
  });
  afterAll(async () => {
    await api.close();
  });

  /** Every kind of request that needs the database. */
  const requests = (): [target: string, call: Call][] => [
    ['/v1/jobs', { json: GENERATION }],
    ['/v1/jobs', { json: GENERATION, headers: { prefer: 'wait=60' } }],
    ['/v1/jobs', {}],
    [`/v1/jobs/${queued}`, {}],
    [`/v1/jobs/${queued}?waitSeconds=60`, {}],
    [`/v1/jobs/${queued}?raw=true`, {}],
    [`/v1/jobs/${queued}/cancel`, { method: 'POST' }],
    [`/v1/jobs/${failed}/retry`, { method: 'POST' }],
    ['/v1/admin/jobs', { key: KEYS.admin }],
  ];

  async function askAll(): Promise<void> {
    const startedAt = performance.now();
    for (const answer of await Promise.all(requests().map(([target, call]) => api.ask(target, call))))
      expectOverloaded(answer);
    expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);
  }

  function expectOverloaded({ status, headers, body, text }: Answer): void {
    expect([status, body.error]).toEqual([
      503,
      {
        type: 'overloaded_error',
        code: 'overloaded_error',
        message: expect.any(String),
        param: null,
        requestId: expect.any(String),
      },
    ]);
    expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(text).not.toMatch(/ECONN|postgres|select|127\.0\.0\.1/i);
  }

  async function goesOn(): Promise<void> {
    await api.proxy.open();
    // The first request may meet a connection that broke meanwhile; the client was told to send it again.
    let { status } = await api.ask('/v1/jobs', { json: { ...GENERATION, delaySeconds: 600 } });
    while (status === 503) ({ status } = await api.ask('/v1/jobs', { json: { ...GENERATION, delaySeconds: 600 } }));
    expect(status).toBe(202);
  }

  it('refuses at once when it is not there, and goes on when it is', async () => {
    await api.proxy.shut();
    await askAll();
    await askAll();
    await goesOn();
  }, 30_000);

  it('refuses in time when it takes what it is sent and never answers', async () => {
    api.proxy.poison({ kind: 'hang', toward: 'both' });
    await askAll();
    await goesOn();
  }, 30_000);

  it('answers everything else meanwhile, from memory', async () => {
    await api.proxy.shut();
    expect((await api.ask('/v1/models')).status).toBe(200);
    expect((await api.ask('/v1/providers')).status).toBe(200);
    expect((await api.ask('/v1/jobs', { key: null })).status).toBe(401);
    expect((await api.ask('/v1/admin/config')).status).toBe(403);
    expect((await api.ask('/v1/jobs', { json: {} })).status).toBe(422);
    expect((await api.ask('/v1/jobs/job_1')).status).toBe(404);
    expect((await api.ask('/health/live')).status).toBe(200);
    expect((await api.ask('/metrics')).status).toBe(200);
    const ready = await api.ask('/health/ready');
    expect([ready.status, ready.body.details.database.status]).toEqual([503, 'down']);
  }, 30_000);

  it('ends a wait with 503 when it goes away meanwhile', async () => {
    const waiting = api.ask(`/v1/jobs/${queued}?waitSeconds=60`);
    await api.ask('/health/live');
    await api.proxy.shut();
    expectOverloaded(await waiting);
  }, 30_000);

  it('says of a job that was admitted that it was, whatever happens while it is waited for', async () => {
    // What the tests before left behind.
    for (const job of await api.worker.claim()) await api.worker.fail(job);
    const answer = api.ask('/v1/jobs', { json: GENERATION, headers: { prefer: 'wait=60' } });
    // Admitted: a worker has it.
    let claimed = await api.worker.claim();
    while (claimed.length === 0) claimed = await api.worker.claim();
    await api.proxy.shut();
    const { status, body } = await answer;
    expect([status, body.id, body.status]).toEqual([202, claimed[0]?.id, 'queued']);
  }, 30_000);

  it('leaves alone what it refused before it could begin with it', async () => {
    const before = (await api.ask('/v1/jobs?limit=100')).body.data.length;
    const connection = await (api.test.database.pool as Pool).connect();
    await connection.query('begin');
    await connection.query('lock table jobs in exclusive mode');
    try {
      const first = api.ask('/v1/jobs', { json: GENERATION });
      let blocked = 0;
      while (blocked === 0) {
        const { rows } = await connection.query(
          "select count(*)::int as blocked from pg_stat_activity where wait_event_type = 'Lock'",
        );
        blocked = Number(rows[0]?.['blocked']);
      }
      const rest = Array.from({ length: 40 }, () => api.ask('/v1/jobs', { json: GENERATION }));
      for (const answer of await Promise.all([first, ...rest])) expectOverloaded(answer);
    } finally {
      await connection.query('rollback');
      connection.release();
    }
    // What comes after them is admitted after them.
    await api.submit({ delaySeconds: 600 });
    const after = (await api.ask('/v1/jobs?limit=100')).body.data.length;
    // The first was in the database's hands when it was refused: nobody can know.
    expect(after - before).toBeLessThanOrEqual(2);
  }, 30_000);

  it('has told the operator, and nobody a password', () => {
    const { password } = new URL(api.test.url);
    expect(api.log()).toContain('the database is away or full');
    expect(api.log()).not.toMatch(/"level":"error"/);
    if (password !== '') expect(api.log()).not.toContain(password);
  });
});

describe('a tenant that has too much waiting', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi({ configuration: `${CONFIGURATION}limits: { maxQueuedPerTenant: 3 }\n` });
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  it('is refused with 429 and when to try again, until some have ended; others are not', async () => {
    const canceled = await api.submit();
    await api.ask(`/v1/jobs/${canceled}/cancel`, { method: 'POST' });
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.ask('/v1/jobs', { json: GENERATION })));
    const admitted = answers.filter(({ status }) => status === 202);
    expect(admitted).toHaveLength(3);
    for (const { status, headers, body } of answers.filter((answer) => !admitted.includes(answer))) {
      expect([status, body.error.type, body.error.code]).toEqual([429, 'rate_limit_error', 'queue_full']);
      expect(body.error.message).toContain('limits.maxQueuedPerTenant');
      expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    }
    expect((await api.ask(`/v1/jobs/${canceled}/retry`, { method: 'POST' })).status).toBe(429);
    await api.submit({}, { key: KEYS.globex });

    await api.ask(`/v1/jobs/${admitted[0]?.body.id}/cancel`, { method: 'POST' });
    let { status } = await api.ask('/v1/jobs', { json: GENERATION });
    while (status === 429) ({ status } = await api.ask('/v1/jobs', { json: GENERATION }));
    expect(status).toBe(202);
  }, 15_000);

  it('may go on for ever with fewer, however fast', async () => {
    for (let count = 0; count < 20; count += 1) {
      const id = await api.submit({}, { key: KEYS.admin });
      expect((await api.ask(`/v1/jobs/${id}/cancel`, { method: 'POST', key: KEYS.admin })).status).toBe(200);
    }
  });
});
