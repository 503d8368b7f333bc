import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KEYS } from '../__fixtures__/configuration.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

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
