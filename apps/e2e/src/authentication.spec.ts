import type { JobView } from '@switchyard/contract';
import { sql } from '@switchyard/database';
import { answerToken, startTokenServer, TOKEN_CLIENT, type TokenServer } from '@switchyard/provider-kit/testing';
import { until } from '@switchyard/stage';
import { GATEWAY_KEYS, startGateway, type Gateway } from './__fixtures__/gateway.js';
import { startGuardedVendor, type GuardedVendor } from './__fixtures__/guarded-vendor.js';

const CLIENT = `clientId: ${TOKEN_CLIENT.clientId}, clientSecret: "${TOKEN_CLIENT.clientSecret}"`;

describe('providers behind a token service', () => {
  let gateway: Gateway;
  let vendor: GuardedVendor;
  /** Of the kinds `oauth2_client_credentials` and `azure_ad`. */
  let services: Record<'gateway' | 'azure', TokenServer>;

  beforeAll(async () => {
    vendor = await startGuardedVendor();
    services = { gateway: await startTokenServer(), azure: await startTokenServer() };
    gateway = await startGateway(undefined, ['simulator', 'api'], configure);
  }, 90_000);
  afterAll(async () => {
    await gateway.close();
    await Promise.all([vendor, services.gateway, services.azure].map((server) => server.close()));
  });

  function configure(simulatorUrl: string): string {
    const model =
      'capabilities: [generation], contextWindow: 8000, price: { inputPerMillion: "3", outputPerMillion: "7" }';
    return `
providers:
  gateway:
    kind: custom
    baseURL: ${vendor.url}
    concurrency: 100
    auth: { kind: oauth2_client_credentials, tokenUrl: "${services.gateway.url}", scope: models, ${CLIENT} }
  azure:
    kind: azure_openai
    endpoint: ${simulatorUrl}
    apiVersion: 2024-10-21
    auth: { kind: azure_ad, tenantId: a-tenant, authority: "${new URL(services.azure.url).origin}", ${CLIENT} }
models:
  - { id: guarded, provider: gateway, ${model} }
  - { id: gpt-4o, provider: azure, ${model} }
tenants: { acme: { keys: [{ name: acme-app, key: ${GATEWAY_KEYS.jobs}, scopes: [jobs] }] } }
`;
  }

  async function submit(count: number, modelId: string): Promise<JobView[]> {
    const body = { type: 'generation', request: { prompt: 'Why?', maxTokens: 20 }, selection: { modelId } };
    return await Promise.all(Array.from({ length: count }, () => gateway.submit(body)));
  }

  async function ended(jobs: readonly JobView[]): Promise<JobView[]> {
    return await Promise.all(jobs.map(({ id }) => gateway.read(id, 60)));
  }

  async function ask(method: 'GET' | 'POST', path: string): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${gateway.url}/v1/admin/providers/${path}`, {
      method,
      headers: { authorization: `Bearer ${GATEWAY_KEYS.admin}` },
    });
    return { status: response.status, body: await response.json() };
  }

  const statesOf = (jobs: readonly JobView[]): Set<string> => new Set(jobs.map(({ status }) => status));
  const bearer = (service: TokenServer, index: number): string => `Bearer ${service.tokens.at(index)}`;

  it('are asked for one token by a hundred jobs at once', async () => {
    const service = services.gateway;
    let respond: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      service.play((response, request) => {
        respond = () => answerToken({ access_token: 'first-canary', expires_in: 3_600 })(response, request);
        resolve();
      });
    });
    const jobs = await submit(100, 'guarded');
    await gateway.start('worker-custom');
    await asked;
    // Every one of them runs, and waits for the token.
    await until(
      '100 jobs run',
      async () => {
        const [row] = await gateway.database.query<{ running: bigint }>(
          sql`select count(*) as running from live_jobs where worker_id is not null`,
        );
        return row?.running === 100n;
      },
      30_000,
    );
    expect(vendor.seen).toEqual([]);
    respond();
    expect(statesOf(await ended(jobs))).toEqual(new Set(['succeeded']));
    expect(service.requests).toHaveLength(1);
    expect(service.requests[0]?.form.get('scope')).toBe('models');
    expect(new Set(vendor.seen)).toEqual(new Set(['Bearer first-canary']));
    expect(vendor.seen).toHaveLength(100);
  }, 90_000);

  it('cost a job no more than a try when a token is revoked early', async () => {
    vendor.refuses = (authorization) => authorization === 'Bearer first-canary';
    const jobs = await ended(await submit(20, 'guarded'));
    expect(statesOf(jobs)).toEqual(new Set(['succeeded']));
    expect(services.gateway.requests).toHaveLength(2);
    const tries = jobs.map(({ attempts }) => attempts.map(({ outcome, error, cost }) => [outcome, error?.code, cost]));
    expect(tries.some((each) => each.length === 2)).toBe(true);
    for (const each of tries) {
      const [last, ...before] = each.toReversed();
      expect(last?.[0]).toBe('succeeded');
      for (const refused of before) expect(refused).toEqual(['failed', 'overloaded', '0.00']);
    }
    expect(vendor.seen.at(-1)).toBe(bearer(services.gateway, 0));
  }, 60_000);

  it('tell how they are, and what a fresh token is like, and never the token', async () => {
    expect(await ask('GET', 'gateway/health')).toEqual({
      status: 200,
      body: {
        provider: 'gateway',
        status: 'healthy',
        auth: { kind: 'oauth2_client_credentials', status: 'valid', expiresAt: expect.stringMatching(/Z$/) },
        latencyMs: expect.any(Number),
        models: ['guarded'],
        facts: {},
        circuit: 'closed',
        error: null,
      },
    });
    const before = services.gateway.requests.length;
    const { status, body } = await ask('POST', 'gateway/token/test');
    expect(services.gateway.requests).toHaveLength(before + 1);
    expect([status, body]).toEqual([
      200,
      {
        kind: 'oauth2_client_credentials',
        length: services.gateway.tokens.at(-1)?.length,
        expiresAt: expect.stringMatching(/Z$/),
      },
    ]);
    services.gateway.play(answerToken({ error: 'invalid_client', error_description: TOKEN_CLIENT.clientSecret }, 401));
    const refused = await ask('POST', 'gateway/token/test');
    expect([refused.status, refused.body]).toEqual([
      502,
      { error: expect.objectContaining({ type: 'provider_error', code: 'authentication' }) },
    ]);
    expect(JSON.stringify(refused.body)).not.toContain('canary');
  }, 60_000);

  it('are probed with a Hello, each by its own worker; one without a worker is told of', async () => {
    const { status, body } = await ask('GET', 'health?probe=true');
    expect(status).toBe(200);
    expect(body).toEqual({
      data: [
        {
          provider: 'gateway',
          status: 'healthy',
          authStatus: 'valid',
          latencyMs: expect.any(Number),
          testResponseLength: 'Hello.'.length,
          error: null,
        },
        expect.objectContaining({
          provider: 'azure',
          status: 'unhealthy',
          error: expect.objectContaining({ code: 'no_worker' }),
        }),
      ],
      nextCursor: null,
    });
  }, 60_000);

  it('end a job at once whose credential is no good', async () => {
    const fresh = vendor.seen.length;
    vendor.refuses = () => true;
    const [job] = await ended(await submit(1, 'guarded'));
    expect(job).toMatchObject({ status: 'failed', error: { type: 'provider_error', code: 'authentication' } });
    expect(vendor.seen.length - fresh).toBeLessThanOrEqual(2);
    expect(await ask('GET', 'gateway/health')).toMatchObject({
      body: { status: 'unhealthy', auth: { status: 'invalid' }, error: { code: 'authentication' } },
    });
  }, 60_000);

  it('of Azure AD are asked for one token by many jobs at once', async () => {
    const jobs = await submit(50, 'gpt-4o');
    await gateway.start('worker-azure-openai');
    expect(statesOf(await ended(jobs))).toEqual(new Set(['succeeded']));
    expect(services.azure.requests.map(({ path, form }) => [path, form.get('scope')])).toEqual([
      ['/a-tenant/oauth2/v2.0/token', 'https://cognitiveservices.azure.com/.default'],
    ]);
  }, 90_000);

  it('leave no secret and no token in any log', () => {
    for (const app of gateway.apps.values()) expect(app.output()).not.toMatch(/canary/);
  });
});
