import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openAdmin, type Admin } from '../__fixtures__/admin.js';
import { KEYS } from '../__fixtures__/configuration.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

describe('lanes', () => {
  let api: TestApi;
  let admin: Admin;
  beforeAll(async () => {
    api = await startTestApi();
    admin = openAdmin(api);
  }, 60_000);
  afterAll(() => api.close());

  it('show what waits, are paused and go on, each told once in the history', async () => {
    const json = { type: 'generation', request: { prompt: 'Hello' } };
    const { body: job } = await api.ask('/v1/jobs', { key: KEYS.acme, method: 'POST', json });
    const scope = { provider: job.provider, tenant: 'acme' };
    const lane = async (): Promise<object> => (await admin.get('lanes')).body.data[0];
    expect(await lane()).toMatchObject({ ...scope, model: job.model, weight: 1, waiting: 1, running: 0, gate: null });

    expect((await admin.post('lanes/pause', scope)).body).toEqual({ ...scope, paused: true, changed: true });
    expect((await admin.post('lanes/pause', scope)).body).toMatchObject({ changed: false });
    expect(await lane()).toMatchObject({ gate: { for: 'paused', opensAt: null } });
    expect((await admin.get('lanes')).body.pauses).toMatchObject([{ ...scope, model: null }]);

    expect((await admin.post('lanes/resume', scope)).body).toEqual({ ...scope, paused: false, changed: true });
    expect(await lane()).toMatchObject({ gate: null });
    expect(
      await admin.rows("select before, after from configuration_changes where collection = 'lanes' order by id"),
    ).toEqual([
      { before: null, after: scope },
      { before: scope, after: null },
    ]);
  });

  it.each([
    [{}, 'provider'],
    [{ provider: 'nobody' }, 'provider'],
    [{ model: 'none' }, 'model'],
    [{ tenant: 'nobody' }, 'tenant'],
    [{ tenant: 7 }, 'tenant'],
    [{ lane: 1 }, 'lane'],
  ])('refuse %j by its field', async (scope, param) => {
    for (const verb of ['pause', 'resume']) {
      expect(await admin.post(`lanes/${verb}`, scope)).toMatchObject({ status: 422, body: { error: { param } } });
    }
  });
});
