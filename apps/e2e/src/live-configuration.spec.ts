import type { JobView } from '@switchyard/contract';
import { until } from '@switchyard/stage';
import { describeOnEngines } from './__fixtures__/engines.js';
import { GATEWAY_KEYS, startGateway, type Gateway, type GatewayApp } from './__fixtures__/gateway.js';

/** A change is in force in every process after so long at the most, in milliseconds. */
const IN_FORCE_MS = 2_000;
const VENDOR_KEY = 'sk-vendor-fresh-0123456789';

describeOnEngines('a configuration that changes while two APIs and a worker run', (engine) => {
  let gateway: Gateway;
  const apps: readonly GatewayApp[] = ['simulator', 'api', 'second-api', 'worker-openai'];

  beforeAll(async () => {
    await engine.start();
    gateway = await startGateway(engine.url(), apps);
  }, 90_000);
  afterAll(async () => {
    await gateway.close();
    await engine.stop();
  }, 30_000);

  async function admin(method: string, path: string, body?: unknown): Promise<Response> {
    const init = { method, headers: { authorization: `Bearer ${GATEWAY_KEYS.admin}` } };
    const answer = await gateway.request(
      `/v1/admin/${path}`,
      body === undefined ? init : { ...init, body: JSON.stringify(body) },
    );
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    return answer;
  }
  async function post(url: string, path: string, fields: object): Promise<{ status: number; body: JobView }> {
    const json = { type: 'generation', request: { prompt: 'Hi', maxTokens: 10 }, ...fields };
    const answer = await gateway.request(`${url}${path}`, { method: 'POST', body: JSON.stringify(json) });
    return { status: answer.status, body: (await answer.json()) as JobView };
  }
  /** Submits to the API that was not asked to change anything, until it does what it is to do. */
  async function atTheOther(what: string, fields: object, is: (job: JobView) => boolean): Promise<JobView> {
    let last: JobView | undefined;
    const look = async (): Promise<boolean> => {
      const { status, body } = await post(gateway.secondUrl, '/v1/jobs', fields);
      last = body;
      return status === 202 && is(body);
    };
    await until(what, look, IN_FORCE_MS, () => JSON.stringify(last));
    if (!last) throw new Error('Nothing was asked.');
    return last;
  }
  async function succeeded({ id }: JobView): Promise<JobView> {
    const job = await gateway.read(id, 30);
    expect(job).toMatchObject({ status: 'succeeded' });
    return job;
  }
  const fresh = {
    provider: 'openai',
    capabilities: ['generation'],
    contextWindow: 8_000,
    price: { perRequest: '0.5' },
  };

  it('has a new model, its price, an alias and a rule in force in each', async () => {
    await admin('PUT', 'models/fresh', fresh);
    const selection = { modelId: 'fresh' };
    await succeeded(await atTheOther('the model', { selection }, ({ cost }) => cost.estimated === '0.50'));
    await admin('PATCH', 'models/fresh', { price: { perRequest: '0.25' } });
    const cheaper = await atTheOther('the price', { selection }, ({ cost }) => cost.estimated === '0.25');
    expect((await succeeded(cheaper)).cost.actual).toBe('0.25');
    await admin('PUT', 'aliases/newest', 'fresh');
    await atTheOther('the alias', { selection: { modelId: 'newest' } }, ({ model }) => model === 'fresh');
    await admin('PUT', 'routing-rules/of-the-team', { when: { 'metadata.team': 'x' }, model: 'newest' });
    await atTheOther('the rule', { metadata: { team: 'x' } }, ({ model }) => model === 'fresh');
    await admin('PUT', 'config', { routingRules: [{ name: 'of-the-team', model: 'quick' }] });
    await atTheOther('the merge', { metadata: { team: 'x' } }, ({ model }) => model === 'quick');
  }, 60_000);

  it('serves a provider that is added, from a worker that runs', async () => {
    await admin('PUT', 'providers/second', { kind: 'openai', baseURL: `${gateway.vendorUrl}/v1`, apiKey: VENDOR_KEY });
    await admin('PUT', 'models/of-second', { ...fresh, provider: 'second', providerModel: 'gpt-4o' });
    const selection = { modelId: 'of-second' };
    expect(await succeeded(await atTheOther('the provider', { selection }, () => true))).toMatchObject({
      provider: 'second',
    });
    await admin('DELETE', 'models/of-second');
    await admin('DELETE', 'providers/second');
    await until(
      'the provider is gone',
      async () => (await post(gateway.secondUrl, '/v1/jobs', { selection })).status === 404,
      IN_FORCE_MS,
    );
  }, 60_000);

  it('connects anew to a provider that has changed, and lets its calls end', async () => {
    const slow = (await post(gateway.url, '/v1/jobs', { selection: { modelId: 'slow' } })).body;
    await until('the call runs', async () => (await gateway.read(slow.id)).status === 'running', 10_000);
    await admin('PATCH', 'providers/openai', { concurrency: 2 });
    const address = { baseURL: `${gateway.vendorUrl}/v1`, apiKey: VENDOR_KEY };
    await admin('PATCH', 'providers/nobody', address);
    const worker = gateway.apps.get('worker-openai');
    const changed = (): boolean => /"provider":"nobody"[^\n]*the provider has changed/.test(worker?.output() ?? '');
    await until('the worker has seen it', changed, IN_FORCE_MS, worker?.output);
    const { body } = await post(gateway.url, '/v1/jobs', { selection: { modelId: 'unreachable' } });
    await succeeded(body);
    expect((await succeeded(slow)).attempts).toHaveLength(1);
    expect(worker?.output()).not.toContain(VENDOR_KEY);
  }, 60_000);

  it('is kept over a restart of every process', async () => {
    for (const app of ['second-api', 'worker-openai'] as const) {
      await gateway.apps.get(app)?.end('SIGTERM');
      await gateway.start(app);
    }
    const again = await post(gateway.secondUrl, '/v1/jobs', { selection: { modelId: 'newest' } });
    expect(await succeeded(again.body)).toMatchObject({ model: 'fresh', cost: { actual: '0.25' } });
    expect((await post(gateway.secondUrl, '/v1/jobs', { metadata: { team: 'x' } })).body.model).toBe('quick');
    await admin('DELETE', 'aliases/newest');
    await until(
      'the alias is gone',
      async () => (await post(gateway.secondUrl, '/v1/jobs', { selection: { modelId: 'newest' } })).status === 404,
      IN_FORCE_MS,
    );
  }, 90_000);
});
