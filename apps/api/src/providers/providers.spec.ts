import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROVIDER_KINDS } from '@switchyard/contract';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

describe('GET /v1/providers', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  it('lists every kind, and what this installation makes of it', async () => {
    const { status, body } = await api.ask('/v1/providers');
    expect(status).toBe(200);
    expect(body.data.map((each: { kind: string }) => each.kind)).toEqual(PROVIDER_KINDS);
    for (const each of body.data) {
      expect(each).toEqual({
        kind: expect.any(String),
        supported: expect.any(Boolean),
        configured: expect.any(Boolean),
        enabled: expect.any(Boolean),
        streaming: expect.any(Boolean),
        capabilities: expect.arrayContaining([expect.any(String)]),
        names: expect.any(Array),
      });
    }
    const [openai, anthropic, vertex] = body.data;
    expect(openai).toMatchObject({
      supported: true,
      configured: true,
      enabled: true,
      names: ['vendor', 'switched-off'],
    });
    expect(anthropic).toMatchObject({ configured: true, enabled: true, names: ['claude'] });
    expect(vertex).toMatchObject({ configured: false, enabled: false, names: [] });
    const simulator = body.data.find((each: { kind: string }) => each.kind === 'simulator');
    expect(simulator).toMatchObject({
      supported: true,
      configured: true,
      enabled: true,
      names: ['sim'],
    });
  });

  it('shows no key, no address', async () => {
    expect((await api.ask('/v1/providers')).text).not.toMatch(/canary|https?:/);
  });
});
