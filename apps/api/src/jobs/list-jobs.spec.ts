import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KEYS } from '../__fixtures__/configuration.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

const LONG = 'x'.repeat(30_000);

describe('GET /v1/jobs', () => {
  let api: TestApi;
  /** All of acme's, newest first. */
  let ids: string[];
  /** Of these: the second is queued, the third runs, the first three have ended in their own way. */
  let byStatus: Record<'succeeded' | 'failed' | 'canceled' | 'running' | 'queued', string>;

  beforeAll(async () => {
    api = await startTestApi();
    const made: string[] = [];
    const next = async (fields: object = {}): Promise<string> => {
      const id = await api.submit(fields);
      made.push(id);
      return id;
    };
    const run = async (fields: object = {}): Promise<[string, [Awaited<ReturnType<typeof api.worker.claimOne>>]]> => {
      const id = await next(fields);
      return [id, [await api.worker.claimOne()]];
    };
    const [succeeded, [first]] = await run({ selection: { modelId: 'meta/llama-3.1' } });
    await api.worker.succeed(first, {
      content: LONG,
      model: 'm',
      usage: { promptTokens: 1, completionTokens: 1, totalTokens: 2 },
      finishReason: 'stop',
      metadata: {},
    });
    const [failed, [second]] = await run({ type: 'embedding', request: { input: 'x' } });
    await api.worker.fail(second);
    const canceled = await next();
    await api.ask(`/v1/jobs/${canceled}/cancel`, { method: 'POST' });
    const [running] = await run();
    const queued = await next();
    byStatus = { succeeded, failed, canceled, running, queued };
    for (let count = 0; count < 20; count += 1) await next({ delaySeconds: 60, metadata: { count: String(count) } });
    ids = made.toReversed();
    await api.submit({}, { key: KEYS.globex });
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  async function list(query: string, key: string = KEYS.acme): Promise<{ ids: string[]; nextCursor: string | null }> {
    const { status, body } = await api.ask(`/v1/jobs${query}`, { key });
    expect([status, Object.keys(body)]).toEqual([200, ['data', 'nextCursor']]);
    return { ids: body.data.map((job: { id: string }) => job.id), nextCursor: body.nextCursor };
  }

  it('answers twenty unless told otherwise, newest first, and where to go on', async () => {
    const first = await list('');
    expect(first.ids).toEqual(ids.slice(0, 20));
    const second = await list(`?cursor=${first.nextCursor}`);
    expect(second).toEqual({ ids: ids.slice(20), nextCursor: null });
  });

  it('goes through all of it, page by page, without a gap or a repeat', async () => {
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await list(`?limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.ids);
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(ids);
    expect((await list('?limit=25')).nextCursor).toBeNull();
    expect((await list('?limit=100')).ids).toHaveLength(25);
  });

  it('is not moved by jobs that come meanwhile', async () => {
    const { nextCursor } = await list('?limit=5', KEYS.acmePremium);
    const later = await api.submit({ delaySeconds: 60 });
    expect((await list(`?limit=5&cursor=${nextCursor}`)).ids).toEqual(ids.slice(5, 10));
    ids = [later, ...ids];
  });

  it.each(['succeeded', 'failed', 'canceled', 'running'] as const)('finds those that are %s', async (status) => {
    expect((await list(`?status=${status}`)).ids).toEqual([byStatus[status]]);
  });

  it('finds those that are queued, delayed ones among them, and none that are expired', async () => {
    const { ids: queued } = await list('?status=queued&limit=100');
    expect(queued).toEqual(ids.slice(0, 22));
    expect(await list('?status=expired')).toEqual({ ids: [], nextCursor: null });
  });

  it('finds by type, by model, by an alias of it, and by all at once', async () => {
    expect((await list('?type=embedding')).ids).toEqual([byStatus.failed]);
    expect((await list('?type=image')).ids).toEqual([]);
    expect((await list('?model=meta/llama-3.1')).ids).toEqual([byStatus.succeeded]);
    expect((await list('?model=smarter&limit=100')).ids).toEqual(
      ids.filter((id) => id !== byStatus.failed && id !== byStatus.succeeded),
    );
    expect((await list('?model=nobody')).ids).toEqual([]);
    expect((await list('?model=chat&type=generation&status=running')).ids).toEqual([byStatus.running]);
    expect((await list('?model=embedding&type=generation')).ids).toEqual([]);
  });

  it('has no batches yet, so none of their lines', async () => {
    expect(await list('?batchId=batch_0193a5b2c4d8')).toEqual({ ids: [], nextCursor: null });
  });

  it('leaves results out that are large, and gives the job in full otherwise', async () => {
    const { body } = await api.ask('/v1/jobs?status=succeeded');
    const whole = await api.ask(`/v1/jobs/${byStatus.succeeded}`);
    expect(whole.body.result.content).toBe(LONG);
    expect(body.data).toEqual([{ ...whole.body, result: null }]);
    const failed = await api.ask('/v1/jobs?status=failed');
    expect(failed.body.data).toEqual([(await api.ask(`/v1/jobs/${byStatus.failed}`)).body]);
  });

  it("shows no other tenant's, whatever is asked", async () => {
    const { ids: theirs } = await list('?limit=100', KEYS.globex);
    expect(theirs).toHaveLength(1);
    const { nextCursor } = await list('?limit=1');
    expect((await list(`?cursor=${nextCursor}`, KEYS.globex)).ids).toEqual(theirs);
    expect((await list('', KEYS.admin)).ids).toEqual([]);
  });

  it('shows an admin every tenant, and one where it is named', async () => {
    const all = await api.ask('/v1/admin/jobs?limit=100', { key: KEYS.admin });
    expect(all.body.data).toHaveLength(ids.length + 1);
    const globex = await api.ask('/v1/admin/jobs?tenant=globex', { key: KEYS.admin });
    expect(globex.body.data).toHaveLength(1);
    const failed = await api.ask('/v1/admin/jobs?tenant=acme&status=failed', { key: KEYS.admin });
    expect(failed.body.data.map((job: { id: string }) => job.id)).toEqual([byStatus.failed]);
    const unknown = await api.ask('/v1/admin/jobs?tenant=nobody', { key: KEYS.admin });
    expect([unknown.status, unknown.body.error.param]).toEqual([422, 'tenant']);
    const named = await api.ask('/v1/jobs', { key: KEYS.admin, headers: { 'x-tenant': 'globex' } });
    expect(named.body.data).toHaveLength(1);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=1e1', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['status=done', 'status'],
    ['status=queued&status=failed', 'status'],
    ['status=', 'status'],
    ['type=poem', 'type'],
    ['type[]=image', 'type[]'],
    ['model=', 'model'],
    ['model=%00', 'model'],
    ['model=a%00b', 'model'],
    [`model=${'x'.repeat(201)}`, 'model'],
    ['model=a&model=b', 'model'],
    ['cursor=', 'cursor'],
    ['cursor=nonsense', 'cursor'],
    ['cursor=%00', 'cursor'],
    [`cursor=${Buffer.from("1.job_' or 1=1").toString('base64url')}`, 'cursor'],
    [`cursor=${Buffer.from(`${'9'.repeat(18)}.job_${'0'.repeat(32)}`).toString('base64url')}`, 'cursor'],
    ['batchId=1', 'batchId'],
    ['batchId=batch_%27', 'batchId'],
    ['tenant=globex', 'tenant'],
    ['foo=bar', 'foo'],
    ['__proto__[limit]=1', '__proto__[limit]'],
  ])('refuses ?%s', async (query, param) => {
    const { status, body } = await api.ask(`/v1/jobs?${query}`);
    expect([status, body?.error]).toEqual([
      422,
      {
        type: 'invalid_request_error',
        code: expect.any(String),
        message: expect.stringContaining(`\`${param}\``),
        param,
        requestId: expect.any(String),
      },
    ]);
  });

  it.each(['__proto__=1', 'constructor=1'])('is not changed by ?%s', async (query) => {
    expect((await list(`?${query}`)).ids).toEqual(ids.slice(0, 20));
  });

  it('takes the furthest position that there can be', async () => {
    const far = Buffer.from(`${'9'.repeat(17)}.job_${'f'.repeat(32)}`).toString('base64url');
    expect((await list(`?cursor=${far}&limit=3`)).ids).toEqual(ids.slice(0, 3));
    const near = Buffer.from(`0.job_${'0'.repeat(32)}`).toString('base64url');
    expect((await list(`?cursor=${near}`)).ids).toEqual([]);
  });
});
