import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KEYS } from '../__fixtures__/configuration.js';
import { GENERATION, startTestApi, type TestApi } from '../__fixtures__/test-api.js';

describe('GET /v1/admin/config', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  it('shows what is running, and no secret of it', async () => {
    const { status, body, text } = await api.ask('/v1/admin/config', { key: KEYS.admin });
    expect(status).toBe(200);
    expect(body.providers.vendor).toMatchObject({
      kind: 'openai',
      apiKey: '***',
      baseURL: 'https://vendor.example/v1',
    });
    expect(body.aliases).toEqual({ smart: 'chat', smarter: 'smart', 'secret-alias': 'premium-chat' });
    expect(body.tenants.acme.keys[0]).toEqual({ name: 'acme-app', key: '***' });
    expect(text).not.toContain('canary');
    for (const key of Object.values(KEYS)) expect(text).not.toContain(key);
  });
});

describe("an admin's view of jobs", () => {
  let api: TestApi;
  let acme: string;
  let globex: string;
  beforeAll(async () => {
    api = await startTestApi();
    acme = await api.submit();
    globex = await api.submit({}, { key: KEYS.globex });
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  it('says in a list whose each job is', async () => {
    const { body } = await api.ask('/v1/admin/jobs', { key: KEYS.admin });
    expect(body.data.map((job: { id: string; tenant: string }) => [job.id, job.tenant])).toEqual([
      [globex, 'globex'],
      [acme, 'acme'],
    ]);
  });

  it('says so of one job, however it is answered', async () => {
    const admin = { key: KEYS.admin };
    expect((await api.ask(`/v1/jobs/${acme}`, admin)).body.tenant).toBe('acme');
    expect((await api.ask(`/v1/jobs/${globex}?raw=true`, admin)).body.tenant).toBe('globex');
    const canceled = await api.ask(`/v1/jobs/${globex}/cancel`, { ...admin, method: 'POST' });
    expect(canceled.body).toMatchObject({ id: globex, tenant: 'globex' });
    const retried = await api.ask(`/v1/jobs/${globex}/retry`, { ...admin, method: 'POST' });
    expect(retried.body).toMatchObject({ retryOf: globex, tenant: 'globex' });
    const submitted = await api.ask('/v1/jobs', { ...admin, json: GENERATION, headers: { 'x-tenant': 'acme' } });
    expect([submitted.status, submitted.body.tenant]).toEqual([202, 'acme']);
    const own = await api.ask('/v1/jobs', { ...admin, headers: { 'x-tenant': 'acme' } });
    expect(own.body.data[0].tenant).toBe('acme');
  });

  it('is not for other keys', async () => {
    expect((await api.ask(`/v1/jobs/${acme}`)).body).not.toHaveProperty('tenant');
    const { body } = await api.ask('/v1/jobs');
    for (const job of body.data) expect(job).not.toHaveProperty('tenant');
  });
});
