import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

describe('the metrics of requests', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  async function read(): Promise<string> {
    return (await api.ask('/metrics', { key: null })).text;
  }

  /** A series by its name and all of its labels but the app's. */
  type Series = readonly [name: string, labels: Readonly<Record<string, string>>];

  /** The value of a series; undefined where there is none of these labels. */
  async function valueOf([name, labels]: Series): Promise<number | undefined> {
    const wanted = Object.entries({ ...labels, app: 'api' }).map(([label, value]) => `${label}="${value}"`);
    for (const line of (await read()).split('\n')) {
      const [, series, written = '', value] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
      if (
        series === name &&
        written
          .split(/,(?=\w+=)/)
          .toSorted()
          .join() === wanted.toSorted().join()
      )
        return Number(value);
    }
    return undefined;
  }

  /** An answer may be read before the server has closed its side of it. */
  async function eventually(series: Series, value: number): Promise<void> {
    const deadline = Date.now() + 3_000;
    for (let seen = await valueOf(series); seen !== value; seen = await valueOf(series)) {
      if (Date.now() > deadline) throw new Error(`${JSON.stringify(series)} is ${seen}, not ${value}.`);
    }
  }

  const requests = (route: string, method: string, status: string): Series => [
    'switchyard_http_requests_total',
    { route, method, status },
  ];

  it('counts by route, method and class of status, and times them', async () => {
    const id = await api.submit();
    await api.ask(`/v1/jobs/${id}`);
    await api.ask('/v1/jobs/job_1');
    await api.ask('/v1/jobs', { json: {} });
    await api.ask('/v1/models/meta/llama-3.1');
    await api.ask('/v1/jobs', { key: null });
    await api.ask(`/nothing-${id}`);
    await eventually(requests('/v1/jobs', 'POST', '2xx'), 1);
    await eventually(requests('/v1/jobs', 'POST', '4xx'), 1);
    await eventually(requests('/v1/jobs', 'GET', '4xx'), 1);
    await eventually(requests('/v1/jobs/:id', 'GET', '2xx'), 1);
    await eventually(requests('/v1/jobs/:id', 'GET', '4xx'), 1);
    await eventually(requests('/v1/models/:first/*', 'GET', '2xx'), 1);
    await eventually(requests('unknown', 'GET', '4xx'), 1);
    const duration = 'switchyard_http_request_duration_seconds';
    const labels = { route: '/v1/jobs/:id', method: 'GET' };
    await eventually([`${duration}_count`, labels], 2);
    await eventually([`${duration}_bucket`, { ...labels, le: '60' }], 2);
  });

  it('makes no series of what clients send: no id, no tenant, no method of their own', async () => {
    const id = await api.submit();
    await api.ask(`/v1/jobs/${id}?raw=true`);
    await api.ask('/made-up-canary', { method: 'PROPFIND', headers: { 'x-tenant': 'acme' } });
    await eventually(requests('unknown', 'other', '4xx'), 1);
    const text = await read();
    for (const secret of [id, 'canary', 'acme', 'PROPFIND', 'raw=true']) expect(text).not.toContain(secret);
  });

  it('knows how many are being answered, also when one leaves', async () => {
    const inFlight: Series = ['switchyard_http_requests_in_flight', {}];
    const id = await api.submit();
    await eventually(inFlight, 1);
    const leave = new AbortController();
    const held = api.ask(`/v1/jobs/${id}?waitSeconds=60`, { signal: leave.signal }).catch(() => 'left');
    await eventually(inFlight, 2);
    leave.abort();
    expect(await held).toBe('left');
    await eventually(inFlight, 1);
    await eventually(requests('/v1/jobs/:id', 'GET', 'aborted'), 1);
  });

  it('counts jobs that are let in, by type, and none that is refused', async () => {
    const series = (type: string): Series => ['switchyard_jobs_admitted_total', { type }];
    const before = (await valueOf(series('generation'))) ?? 0;
    await api.submit();
    await api.ask('/v1/jobs', { json: { type: 'generation', request: {} } });
    await api.ask('/v1/jobs', { json: { type: 'embedding', request: { input: 'x' } } });
    expect(await valueOf(series('generation'))).toBe(before + 1);
    expect(await valueOf(series('embedding'))).toBe(1);
    expect(await valueOf(series('image'))).toBeUndefined();
  });
});
