import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';
import { CONFIGURATION, KEYS } from '../__fixtures__/configuration.js';
import type { Answer } from '../__fixtures__/call-api.js';

const BODY = { type: 'generation', request: { prompt: 'Say hello.', maxTokens: 5 }, metadata: { a: '1', b: '2' } };
/** The same with its fields in another order. */
const SHUFFLED = { metadata: { b: '2', a: '1' }, request: { maxTokens: 5, prompt: 'Say hello.' }, type: 'generation' };

describe('the header Idempotency-Key', () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await startTestApi();
  }, 60_000);
  afterAll(() => api.close());

  const post = (key: string, json: object = BODY, more: object = {}): Promise<Answer> =>
    api.ask('/v1/jobs', { json, ...more, headers: { 'idempotency-key': key } });

  it('makes one job of twins at once, with the same answer and a header for all but the first', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => post('twins')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(49);
  });

  it('takes the same body in another order for the same, and answers the job as it is now', async () => {
    const first = await post('order');
    const job = await api.worker.claim().then((jobs) => jobs.find(({ id }) => id === first.body.id));
    if (!job) throw new Error('The job was not claimed.');
    await api.worker.succeed(job);
    const again = await post('order', SHUFFLED);
    expect([again.status, again.body.id, again.body.status]).toEqual([200, first.body.id, 'succeeded']);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('waits as its first request did', async () => {
    const first = await post('waits');
    const wait = api.ask('/v1/jobs', { json: BODY, headers: { 'idempotency-key': 'waits', prefer: 'wait=10' } });
    const job = await api.worker.claim().then((jobs) => jobs.find(({ id }) => id === first.body.id));
    if (!job) throw new Error('The job was not claimed.');
    await api.worker.succeed(job);
    const { status, body } = await wait;
    expect([status, body.id, body.status]).toEqual([200, first.body.id, 'succeeded']);
  });

  it('refuses another body under the same key', async () => {
    await post('other');
    const { status, body } = await post('other', { ...BODY, priority: 4 });
    expect([status, body.error.type, body.error.code]).toEqual([
      422,
      'invalid_request_error',
      'idempotency_key_reused',
    ]);
    // Also one that is no job at all.
    expect((await post('other', { type: 'poem' })).body.error.code).toBe('idempotency_key_reused');
  });

  it('is apart for tenants and routes', async () => {
    const [acme, globex] = [await post('apart'), await post('apart', BODY, { key: KEYS.globex })];
    expect(globex.status).toBe(202);
    expect(globex.body.id).not.toBe(acme.body.id);
    expect((await api.ask(`/v1/jobs/${globex.body.id}`)).status).toBe(404);
  });

  it('does not keep a refusal', async () => {
    expect((await post('refused', { ...BODY, selection: { modelId: 'nothing' } })).status).toBe(404);
    expect((await post('refused')).status).toBe(202);
  });

  it('answers its job where a new one would find no model, or no place in the queue', async () => {
    const gone = { ...BODY, selection: { modelId: 'meta/llama-3.1' } };
    const first = await post('changed', gone);
    const place = await post('changed place');
    const changed = await startTestApi({
      beside: api,
      configuration: `${CONFIGURATION.replaceAll('meta/llama-3.1', 'meta/llama-4')}limits: { maxQueuedPerTenant: 1 }\n`,
    });
    try {
      const ask = async (json: object, key: string): Promise<unknown[]> => {
        const headers = { 'idempotency-key': key };
        const { status, body } = await changed.ask('/v1/jobs', { json, headers });
        return [status, body.id ?? body.error.type];
      };
      expect(await ask(gone, 'new')).toEqual([404, 'not_found_error']);
      expect(await ask(gone, 'changed')).toEqual([202, first.body.id]);
      expect(await ask(BODY, 'new place')).toEqual([429, 'rate_limit_error']);
      expect(await ask(BODY, 'changed place')).toEqual([202, place.body.id]);
      expect(await ask({ ...BODY, priority: 3 }, 'changed place')).toEqual([422, 'invalid_request_error']);
    } finally {
      await changed.close();
    }
  });

  it('holds for a retry', async () => {
    const id = await api.submit();
    await api.ask(`/v1/jobs/${id}/cancel`, { method: 'POST' });
    const retry = (): Promise<Answer> =>
      api.ask(`/v1/jobs/${id}/retry`, { method: 'POST', headers: { 'idempotency-key': 'retry' } });
    const [first, second] = [await retry(), await retry()];
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body.id).toBe(first.body.id);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
  });

  it.each(['', 'x'.repeat(256), 'käse'])('refuses %j', async (key) => {
    const { status, body } = await post(key);
    expect([status, body.error.param]).toEqual([422, 'Idempotency-Key']);
  });

  it('takes 255 characters', async () => {
    expect((await post('x'.repeat(255))).status).toBe(202);
  });
});
