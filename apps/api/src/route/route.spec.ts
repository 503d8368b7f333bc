import { CONFIGURATION, KEYS } from '../__fixtures__/configuration.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

/** Whatever an answer holds. */
type Json = ReturnType<typeof JSON.parse>;

const ROUTING = `
routingRules:
  - { name: reviews, when: { taskType: code_review }, model: meta/llama-3.1 }
  - { name: gold, when: { metadata.tier: gold, tenant: acme }, model: gold-chat }
  - { name: users, when: { userId: turns }, model: turns }
loadBalancers: { turns: { models: [chat, premium-chat, meta/llama-3.1] } }
`;
const GENERATION = { type: 'generation', request: { prompt: 'Hello' } };

describe('routing over HTTP', () => {
  let api: TestApi;

  beforeAll(async () => {
    const budget = '  - { name: pictures, model: pictures, monthlyLimit: "0.01" }\n';
    const configuration = CONFIGURATION.replace('budgets:\n', `budgets:\n${budget}`).replace(/\n$/, ROUTING);
    api = await startTestApi({ configuration });
  }, 60_000);
  afterAll(() => api.close());

  const route = async (job: object, key: string = KEYS.acme): Promise<Json> => {
    const { status, body } = await api.ask('/v1/route', { json: { ...GENERATION, ...job }, key });
    expect([status, body.error?.type]).toEqual([200, undefined]);
    return body;
  };
  const submit = async (job: object, key: string = KEYS.acme): Promise<Json> => {
    const { status, body } = await api.ask('/v1/jobs', { json: { ...GENERATION, ...job }, key });
    expect(status).toBe(202);
    return body;
  };

  it('says what would be chosen and why, with every candidate, and makes no job', async () => {
    const body = await route({});
    expect(body).toMatchObject({
      chosen: { provider: 'sim', model: 'chat', version: 'v2' },
      reason: 'the default model of the default provider sim',
      task: { type: 'general', complexity: expect.any(Number) },
      rule: null,
      loadBalancer: null,
      experiment: null,
      waiting: null,
      error: null,
    });
    expect(body.candidates[0]).toMatchObject({ model: 'chat', kept: true, reason: body.reason, admitted: true });
    const of = (model: string): Json => body.candidates.find((each: Json) => each.model === model);
    expect(of('premium-chat')).toMatchObject({ kept: false, reason: expect.stringContaining('"premium"') });
    expect(of('pictures')).toMatchObject({ kept: false, reason: 'cannot do generation' });
    expect(of('off-chat').reason).toContain('switched off');
    expect((await api.ask('/v1/jobs')).body.data).toEqual([]);
  });

  it('is what a job then gets, which says so too', async () => {
    const gold = { metadata: { tier: 'gold' } };
    const review = { request: { prompt: 'Please do a code review of this pull request.' } };
    for (const [job, key] of [
      [{}, KEYS.acme],
      [gold, KEYS.acmePremium],
      [review, KEYS.acme],
    ] as const) {
      const { chosen, reason, rule, candidates } = await route(job, key);
      const made = await submit(job, key);
      expect(made).toMatchObject({ provider: chosen.provider, model: chosen.model, choice: { reason, rule } });
      expect(made.cost.estimated).toBe(candidates[0].estimatedCost);
      expect((await api.ask(`/v1/jobs/${made.id}`, { key })).body).toEqual(made);
    }
    expect(await route(review)).toMatchObject({ rule: 'reviews', chosen: { model: 'meta/llama-3.1' } });
    expect((await submit(review)).task).toMatchObject({ type: 'code_review' });
  });

  it('tells the next turn of a load balancer without using it', async () => {
    const turns = { selection: { modelId: 'turns' } };
    const seen: string[] = [];
    for (let times = 0; times < 4; times += 1) {
      const told = [await route(turns), await route(turns)].map(({ chosen }) => chosen.model);
      const { model, choice } = await submit(turns);
      expect(told).toEqual([model, model]);
      expect(choice.loadBalancer).toBe('turns');
      seen.push(model);
    }
    expect(seen).toEqual(['chat', 'meta/llama-3.1', 'chat', 'meta/llama-3.1']);
    expect((await route({ userId: 'turns' })).rule).toBe('users');
  });

  it('says which permission is missing, as the refusal of the job does', async () => {
    const gold = { metadata: { tier: 'gold' } };
    const { status, body } = await api.ask('/v1/route', { json: { ...GENERATION, ...gold } });
    expect(status).toBe(200);
    expect(body.chosen).toBeNull();
    expect(body.error).toMatchObject({
      type: 'permission_error',
      message: expect.stringMatching(/^The routing rule gold decides here\. .*"gold"/),
    });
    expect((await api.ask('/v1/jobs', { json: { ...GENERATION, ...gold } })).status).toBe(403);
  });

  it('says which budget has no room', async () => {
    const image = { type: 'image', request: { prompt: 'a cat' } };
    const { status, body } = await api.ask('/v1/route', { json: image });
    expect(status).toBe(200);
    expect(body.candidates[0]).toMatchObject({
      model: 'pictures',
      estimatedCost: '0.04',
      admitted: false,
      budget: 'pictures',
    });
    expect((await api.ask('/v1/jobs', { json: image })).status).toBe(402);
  });

  it('chooses by score where something is preferred, and tells its parts', async () => {
    const { chosen, candidates, reason } = await route({ selection: { prefer: 'cost' } });
    expect(reason).toMatch(/by score .*preferring cost/);
    expect(chosen.model).not.toBe('chat');
    expect(Object.keys(candidates[0].parts)).toEqual(
      expect.arrayContaining(['fit', 'window', 'cost', 'speed', 'quality', 'availability', 'latency', 'errors']),
    );
  });

  it('refuses what is no job, and names of nothing', async () => {
    expect((await api.ask('/v1/route', { json: { type: 'poem' } })).status).toBe(422);
    const unknown = await api.ask('/v1/route', { json: { ...GENERATION, selection: { modelId: 'nothing' } } });
    expect([unknown.status, unknown.body.error.code]).toEqual([404, 'model_not_found']);
    const sent = await api.ask('/v1/route', { json: { type: 'generation', request: { prompt: 'x', modelId: 'no' } } });
    expect(sent.body.error.param).toBe('request.modelId');
  });
});
