import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { foldUsage } from '@switchyard/budget';
import { KEYS } from '../__fixtures__/configuration.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';
import type { Answer, Call } from '../__fixtures__/call-api.js';

const TODAY = new Date().toISOString().slice(0, 10);

describe('usage', () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await startTestApi();
    const submit = (key: string, fields: object = {}): Promise<string> => api.submit(fields, { key });
    await submit(KEYS.acme);
    await submit(KEYS.acmePremium);
    await submit(KEYS.globex, { selection: { modelId: 'meta/llama-3.1' } });
    const jobs = await api.worker.claim();
    expect(jobs.length).toBe(3);
    for (const job of jobs) {
      if (job.model === 'chat') await api.worker.succeed(job);
      else await api.worker.fail(job);
    }
    // One that is folded, and one that is not.
    await foldUsage(api.app.database);
    await submit(KEYS.acme);
    await api.worker.succeed(await api.worker.claimOne());
    // Neither is a request: one runs, one waits.
    await submit(KEYS.acme);
    await api.worker.claimOne();
    await submit(KEYS.acme, { delaySeconds: 60 });
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  const read = (query = ''): Promise<Answer> => api.ask(`/v1/admin/usage${query}`, { key: KEYS.admin });
  const book = (json: unknown, call: Call = {}): Promise<Answer> =>
    api.ask('/v1/admin/usage', { key: KEYS.admin, json, ...call });

  describe('GET /v1/admin/usage', () => {
    it('reports this month by model, with what it comes to together', async () => {
      const { status, body } = await read();
      expect(status).toBe(200);
      const month = new Date(`${TODAY.slice(0, 7)}-01T00:00:00Z`);
      expect(body).toMatchObject({
        from: month.toISOString(),
        to: new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1)).toISOString(),
        groupBy: ['model'],
      });
      const latency = { averageLatencyMs: expect.any(Number), p50LatencyMs: expect.any(Number) };
      expect(body.data).toMatchObject([
        {
          model: 'chat',
          totalRequests: 3,
          successfulRequests: 3,
          failedRequests: 0,
          canceledRequests: 0,
          errorRate: 0,
          promptTokens: 9,
          completionTokens: 6,
          totalTokens: 15,
          cost: '0.00369',
          bookedCost: '0.00',
          totalLatencyMs: expect.any(Number),
          ...latency,
        },
        {
          model: 'meta/llama-3.1',
          totalRequests: 1,
          successfulRequests: 0,
          failedRequests: 1,
          errorRate: 1,
          ...latency,
        },
      ]);
      expect(body.total).toMatchObject({ totalRequests: 4, errorRate: 0.25, cost: '0.00492', ...latency });
      expect(body.total).not.toHaveProperty('model');
    });

    it('groups by any of its dimensions, in the order of their names, and filters', async () => {
      const groups = async (query: string): Promise<unknown[]> =>
        (await read(query)).body.data.map(({ totalRequests, ...row }: Record<string, unknown>) => [
          ...['day', 'tenant', 'key', 'provider', 'model']
            .map((name) => row[name])
            .filter((value) => value !== undefined),
          totalRequests,
        ]);
      expect(await groups('?groupBy=tenant,provider')).toEqual([
        ['acme', 'sim', 3],
        ['globex', 'sim', 1],
      ]);
      expect(await groups('?groupBy=day,key')).toEqual([
        [TODAY, 'acme-app', 2],
        [TODAY, 'acme-premium', 1],
        [TODAY, 'globex-app', 1],
      ]);
      expect(await groups('?tenant=acme&key=acme-app')).toEqual([['chat', 2]]);
      expect(await groups('?model=smarter&groupBy=tenant')).toEqual([['acme', 3]]);
      expect(await groups('?provider=vendor')).toEqual([]);
      expect(await groups(`?from=${TODAY}&to=${TODAY}&groupBy=tenant&model=meta/llama-3.1`)).toEqual([['globex', 1]]);
      expect(await groups('?from=2020-01-01&to=2020-12-31')).toEqual([]);
    });

    it('says nothing of nothing: no rows, and no rate where there was no request', async () => {
      const { body } = await read('?from=2020-01-01&to=2020-12-31');
      expect(body.total).toMatchObject({ totalRequests: 0, cost: '0.00', errorRate: null, p99LatencyMs: null });
    });

    it.each([
      ['groupBy', '?groupBy=colour'],
      ['groupBy', '?groupBy='],
      ['groupBy', '?groupBy=model,model'],
      ['groupBy', '?groupBy=model,,day'],
      ['groupBy', '?groupBy=Model'],
      ['from', '?from=2026-11-21&to=2026-11-20'],
      ['from', '?from=yesterday'],
      ['from', '?from=2026-11-01&from=2026-11-02'],
      ['to', '?to=2026-02-30'],
      ['from', '?from=2000-01-01&to=2100-01-01'],
      ['tenant', '?tenant=nobody'],
      ['tenant', '?tenant='],
      ['model', '?model=%00'],
      ['provider', `?provider=${'x'.repeat(201)}`],
      ['key', '?key=a%0Ab'],
      ['format', '?format=xml'],
      ['limit', '?limit=5'],
    ])('refuses, naming %s: %s', async (param, query) => {
      const { status, body } = await read(query);
      expect([status, body.error]).toMatchObject([422, { type: 'invalid_request_error', param }]);
    });
  });

  describe('POST /v1/admin/usage', () => {
    const INVOICE = { model: 'chat', tenant: 'globex', cost: '12.5', promptTokens: 1_000, description: 'Invoice 4711' };
    const total = async (query: string): Promise<object> => (await read(query)).body.total;

    it('books once under a key, and the report counts it at once', async () => {
      const before = (await read('?tenant=globex')).body.total;
      const call = { headers: { 'idempotency-key': 'invoice 4711' } };
      const [first, ...twins] = await Promise.all(Array.from({ length: 5 }, () => book(INVOICE, call)));
      const reordered = await book(Object.fromEntries(Object.entries(INVOICE).toReversed()), call);
      expect(first?.status).toBe(201);
      expect(first?.body).toEqual({
        id: expect.stringMatching(/^booking_[0-9a-f]{32}$/),
        tenant: 'globex',
        key: null,
        provider: 'sim',
        model: 'chat',
        cost: '12.50',
        promptTokens: 1_000,
        completionTokens: null,
        description: 'Invoice 4711',
        bookedAt: expect.stringMatching(/Z$/),
      });
      for (const twin of [...twins, reordered]) expect([twin.status, twin.body]).toEqual([201, first?.body]);
      const replayed = [first, ...twins, reordered].map((each) => each?.headers.get('idempotent-replayed'));
      expect(replayed.filter((value) => value === 'true').length).toBe(5);
      expect(await total('?tenant=globex')).toMatchObject({
        totalRequests: before.totalRequests,
        promptTokens: before.promptTokens + 1_000,
        cost: '12.50123',
        bookedCost: '12.50',
      });
    });

    it('refuses its key for something else', async () => {
      const call = { headers: { 'idempotency-key': 'invoice 4712' } };
      expect((await book(INVOICE, call)).status).toBe(201);
      const { status, body } = await book({ ...INVOICE, cost: '12.51' }, call);
      expect([status, body.error]).toMatchObject([
        422,
        { code: 'idempotency_key_reused', param: 'Idempotency-Key', message: expect.stringContaining('new one') },
      ]);
    });

    it('takes what the gateway knows nothing of, for the tenant and key that are named', async () => {
      const outside = { model: 'whisper', provider: 'elsewhere', cost: '0.000000001' };
      const asAcme = await book({ ...outside, key: 'acme-app' }, { headers: { 'x-tenant': 'acme' } });
      expect([asAcme.status, asAcme.body]).toMatchObject([
        201,
        { tenant: 'acme', key: 'acme-app', cost: '0.000000001' },
      ]);
      expect((await book(outside)).body).toMatchObject({ tenant: 'default', key: null, model: 'whisper' });
      expect((await read('?groupBy=tenant,key&model=whisper')).body.data).toMatchObject([
        { tenant: 'acme', key: 'acme-app', totalRequests: 0, cost: '0.000000001' },
        { tenant: 'default', key: null, cost: '0.000000001' },
      ]);
    });

    it.each<[param: string | null, body: unknown]>([
      ['cost', { model: 'chat' }],
      ['cost', { ...INVOICE, cost: 12.5 }],
      ['cost', { ...INVOICE, cost: '0' }],
      ['cost', { ...INVOICE, cost: '-1' }],
      ['cost', { ...INVOICE, cost: '1e3' }],
      ['cost', { ...INVOICE, cost: '0.0000000001' }],
      ['cost', { ...INVOICE, cost: '1000000.000000001' }],
      ['cost', { ...INVOICE, cost: '999999999999' }],
      ['cost', { ...INVOICE, cost: { amount: '1' } }],
      ['model', { cost: '1' }],
      ['model', { ...INVOICE, model: 'a\u0000b' }],
      ['model', { ...INVOICE, model: ['chat'] }],
      ['model', { ...INVOICE, model: '\ud800' }],
      ['provider', { ...INVOICE, model: 'unheard-of' }],
      ['tenant', { ...INVOICE, tenant: 'nobody' }],
      ['key', { ...INVOICE, key: 'acme-app' }],
      ['promptTokens', { ...INVOICE, promptTokens: -1 }],
      ['promptTokens', { ...INVOICE, promptTokens: 1.5 }],
      ['completionTokens', { ...INVOICE, completionTokens: '7' }],
      ['completionTokens', { ...INVOICE, completionTokens: 1e300 }],
      ['description', { ...INVOICE, description: 'x'.repeat(501) }],
      ['amount', { ...INVOICE, amount: '1' }],
    ])('refuses, naming %s: %j', async (param, json) => {
      const before = await total('');
      const { status, body } = await book(json);
      expect([status, body.error]).toMatchObject([422, { type: 'invalid_request_error', param }]);
      expect(await total('')).toEqual(before);
    });

    it.each(['[]', '[{"model":"chat","cost":"1"}]', '"text"', '7', 'null', 'true', ''])(
      'refuses the body %s',
      async (text) => {
        const { status, body } = await book(undefined, { method: 'POST', text });
        expect([status, body.error.type]).toEqual([422, 'invalid_request_error']);
      },
    );

    it.each(['', 'x'.repeat(256), 'ü'])('refuses the idempotency key "%s"', async (key) => {
      const { status, body } = await book(INVOICE, { headers: { 'idempotency-key': key } });
      expect([status, body.error]).toMatchObject([422, { param: 'Idempotency-Key' }]);
    });
  });

  describe('GET /v1/admin/usage?format=csv', () => {
    it('answers the same figures as a file, with formulas defused and figures as figures', async () => {
      const names = ['=1+1', '+1', '-1', '@SUM(A1)', 'with "quotes", and commas', '＝fullwidth', 'plain'];
      for (const model of names) await book({ model, provider: 'csv', cost: '0.000000001', completionTokens: 7 });
      const { status, headers, text } = await read('?format=csv&groupBy=model,day&provider=csv');
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
      expect(headers.get('content-disposition')).toBe(`attachment; filename="usage-${TODAY.slice(0, 7)}-01.csv"`);
      expect(text.endsWith('\r\n')).toBe(true);
      const [header = '', ...lines] = text.trimEnd().split('\r\n');
      expect(header.split(',')).toEqual(['model', 'day', ...Object.keys(await (await read()).body.total)]);
      const figures = `${TODAY},0,0,0,0,0,,0,7,7,0,0,0,0.000000001,0.000000001,0,,,,`;
      expect(lines.toSorted()).toEqual(
        [
          `'=1+1,${figures}`,
          `'+1,${figures}`,
          `'-1,${figures}`,
          `'@SUM(A1),${figures}`,
          `"with ""quotes"", and commas",${figures}`,
          `'＝fullwidth,${figures}`,
          `plain,${figures}`,
        ].toSorted(),
      );
    });

    it('is a header where there is nothing', async () => {
      const { status, text } = await read('?format=csv&from=2020-01-01&to=2020-01-31');
      expect([status, text]).toEqual([200, expect.stringMatching(/^model,totalRequests,[\w,]+\r\n$/)]);
    });
  });
});
