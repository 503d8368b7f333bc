import { GATEWAY_KEYS, startGateway, type Gateway } from './__fixtures__/gateway.js';
import { startGuardedVendor, type GuardedVendor } from './__fixtures__/token-service.js';

const JOBS = 100;
const SECRET = 'client-secret-0123456789';

const PROVIDERS = {
  'client-credentials': {
    app: 'worker-custom',
    block: ({ vendorUrl, tokenUrl }: GuardedVendor) => ({
      kind: 'custom',
      baseURL: `${vendorUrl}/v1`,
      auth: {
        kind: 'oauth2_client_credentials',
        tokenUrl: `${tokenUrl}/token`,
        clientId: 'c1',
        clientSecret: SECRET,
        scope: 'models',
      },
    }),
    asked: { path: '/token', form: { grant_type: 'client_credentials', scope: 'models' } },
  },
  'azure-ad': {
    app: 'worker-azure-openai',
    block: ({ vendorUrl, tokenUrl }: GuardedVendor) => ({
      kind: 'azure_openai',
      endpoint: vendorUrl,
      auth: { kind: 'azure_ad', tenantId: 't1', clientId: 'c1', clientSecret: SECRET, authority: tokenUrl },
    }),
    asked: {
      path: '/t1/oauth2/v2.0/token',
      form: { grant_type: 'client_credentials', scope: 'https://cognitiveservices.azure.com/.default' },
    },
  },
} as const;

describe.each(Object.entries(PROVIDERS))('%s before a provider', (name, { app, block, asked }) => {
  let vendor: GuardedVendor;
  let gateway: Gateway;

  beforeAll(async () => {
    vendor = await startGuardedVendor(() => gateway.vendorUrl);
    gateway = await startGateway(undefined, ['simulator', 'api', app], () =>
      JSON.stringify({
        providers: { [name]: { ...block(vendor), concurrency: JOBS } },
        models: [{ id: 'm', provider: name, capabilities: ['generation'], contextWindow: 8_192, price: 'free' }],
        tenants: { acme: { keys: [{ name: 'acme-app', key: GATEWAY_KEYS.jobs, scopes: ['jobs'] }] } },
      }),
    );
  }, 60_000);
  afterAll(async () => {
    await vendor.close();
    await gateway.close();
  }, 30_000);

  /** Runs the jobs together. @returns how many attempts each took, and how each ended. */
  async function runAll(): Promise<{ readonly statuses: readonly string[]; readonly attempts: number }> {
    const ended = await Promise.all(
      Array.from({ length: JOBS }, async (_, index) => {
        const { id } = await gateway.submit({ type: 'generation', request: { prompt: `Job ${index}` } });
        return await gateway.read(id, 60);
      }),
    );
    return {
      statuses: [...new Set(ended.map(({ status }) => status))],
      attempts: ended.reduce((sum, job) => sum + job.attempts.length, 0),
    };
  }

  it(`fetches one token for ${JOBS} jobs at once`, async () => {
    expect(await runAll()).toEqual({ statuses: ['succeeded'], attempts: JOBS });
    expect(vendor.asked).toHaveLength(1);
    expect(vendor.asked[0]).toMatchObject({
      ...asked,
      form: { ...asked.form, client_id: 'c1', client_secret: SECRET },
    });
    expect(vendor.refused()).toBe(0);
  }, 90_000);

  it('fetches one more where the vendor takes that one no longer, and no job is lost', async () => {
    vendor.revoke();
    const { statuses, attempts } = await runAll();
    expect(statuses).toEqual(['succeeded']);
    expect(vendor.asked).toHaveLength(2);
    expect(vendor.refused()).toBeGreaterThan(0);
    expect(attempts).toBe(JOBS + vendor.refused());
  }, 90_000);

  it('says nothing of the token or its secret', () => {
    const printed = [...gateway.apps.values()].map(({ output }) => output()).join('\n');
    expect(printed).not.toMatch(/token-\d|client-secret/);
  });
});
