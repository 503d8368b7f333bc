import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KEYS } from '../__fixtures__/configuration.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';

const OPEN = ['chat', 'meta/llama-3.1', 'embedding', 'pictures', 'vendor-chat', 'claude-chat', 'off-chat'];
const ALL = [
  'chat',
  'meta/llama-3.1',
  'premium-chat',
  'gold-chat',
  'embedding',
  'pictures',
  'vendor-chat',
  'claude-chat',
  'off-chat',
];

describe('GET /v1/models', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  const idsOf = (body: { data: { id: string }[] }): string[] => body.data.map(({ id }) => id);

  it("answers OpenAI's list of the models that a key may use", async () => {
    const { status, body } = await api.ask('/v1/models');
    expect(status).toBe(200);
    expect(body).toMatchObject({ object: 'list', has_more: false, nextCursor: null });
    expect(idsOf(body)).toEqual(OPEN);
    expect(body.data[0]).toEqual((await api.ask('/v1/models/chat')).body);
  });

  it.each([
    ['with the permissions', KEYS.acmePremium],
    ['of scope admin', KEYS.admin],
  ])('shows a key %s every model', async (_name, key) => {
    expect(idsOf((await api.ask('/v1/models', { key })).body)).toEqual(ALL);
    for (const id of ALL) expect((await api.ask(`/v1/models/${id}`, { key })).body.id).toBe(id);
  });

  it('goes page by page, by OpenAI’s `after` and by our cursor', async () => {
    const first = await api.ask('/v1/models?limit=3');
    expect(first.body).toMatchObject({ has_more: true, nextCursor: 'embedding' });
    const rest = await api.ask('/v1/models?limit=3&after=embedding');
    expect([...idsOf(first.body), ...idsOf(rest.body)]).toEqual(OPEN.slice(0, 6));
    expect((await api.ask('/v1/models?limit=3&cursor=embedding')).body).toEqual(rest.body);
    const last = await api.ask('/v1/models?after=claude-chat');
    expect([idsOf(last.body), last.body.has_more, last.body.nextCursor]).toEqual([['off-chat'], false, null]);
    expect(idsOf((await api.ask('/v1/models?after=off-chat')).body)).toEqual([]);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=x', 'limit'],
    ['after=nothing', 'after'],
    ['after=premium-chat', 'after'],
    ['cursor=nothing', 'cursor'],
    ['after=chat&after=embedding', 'after'],
    ['page=2', 'page'],
  ])('refuses ?%s', async (query, param) => {
    const { status, body } = await api.ask(`/v1/models?${query}`);
    expect([status, body.error.type, body.error.param]).toEqual([422, 'invalid_request_error', param]);
  });

  it('tells all of one', async () => {
    const { body } = await api.ask('/v1/models/chat');
    expect(body).toEqual({
      id: 'chat',
      object: 'model',
      created: expect.any(Number),
      owned_by: 'sim',
      name: 'chat',
      provider: 'sim',
      contextWindow: 8000,
      maxOutputTokens: null,
      price: { inputPerMillion: '30.00', outputPerMillion: '60.00' },
      costPer1kTokens: { input: '0.03', output: '0.06' },
      capabilities: ['generation', 'code', 'tools', 'json'],
      versions: ['v1', 'v2'],
      defaultVersion: 'v2',
      aliases: ['smart', 'smarter'],
      available: true,
    });
    expect(Number.isInteger(body.created)).toBe(true);
  });

  it.each([
    ['pictures', { perImage: '0.04' }],
    ['embedding', { inputPerMillion: '0.02' }],
    ['vendor-chat', 'free'],
  ])("shows the price of %s in the configuration's own terms", async (id, price) => {
    expect((await api.ask(`/v1/models/${id}`)).body.price).toEqual(price);
  });

  it('leads from an alias, and from an alias of it, to the model', async () => {
    const { body } = await api.ask('/v1/models/chat');
    expect((await api.ask('/v1/models/smart')).body).toEqual(body);
    expect((await api.ask('/v1/models/smarter')).body).toEqual(body);
  });

  it.each(['meta/llama-3.1', 'meta%2Fllama-3.1', 'meta%2fllama%2D3.1'])('finds an id with a slash: %s', async (id) => {
    expect((await api.ask(`/v1/models/${id}`)).body.id).toBe('meta/llama-3.1');
  });

  it.each([
    ['pictures', true],
    ['claude-chat', true],
    ['off-chat', false],
  ])('says of %s whether it can be run: %s', async (id, available) => {
    expect((await api.ask(`/v1/models/${id}`)).body.available).toBe(available);
  });

  it.each([
    'nothing',
    'meta/nothing',
    'meta/llama-3.1/',
    'chat/',
    '__proto__',
    'constructor',
    '%00',
    "'%20or%201=1",
    'x'.repeat(8_000),
  ])('answers 404 for %s', async (id) => {
    const { status, body } = await api.ask(`/v1/models/${id}`);
    expect([status, body.error.type, body.error.code, body.error.param]).toEqual([
      404,
      'not_found_error',
      'model_not_found',
      'id',
    ]);
    expect(body.error.message.length).toBeLessThan(400);
  });

  it('shows the name that the file gives', async () => {
    expect((await api.ask('/v1/models/embedding')).body).toMatchObject({ id: 'embedding', name: 'Vectors' });
  });

  describe('to a client of Anthropic’s', () => {
    const headers = { 'anthropic-version': '2023-06-01' };

    it('is Anthropic’s list', async () => {
      const { body } = await api.ask('/v1/models', { headers });
      expect(idsOf(body)).toEqual(OPEN);
      expect(body).toEqual({
        data: expect.any(Array),
        has_more: false,
        first_id: 'chat',
        last_id: 'off-chat',
        nextCursor: null,
      });
      expect(body.data[4]).toEqual((await api.ask('/v1/models/vendor-chat', { headers })).body);
    });

    it('tells of one what its client reads', async () => {
      expect((await api.ask('/v1/models/embedding', { headers })).body).toMatchObject({
        type: 'model',
        id: 'embedding',
        display_name: 'Vectors',
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/),
        max_input_tokens: 8000,
        max_tokens: null,
        lifecycle: 'active',
      });
      expect((await api.ask('/v1/models/meta/llama-3.1', { headers })).body.id).toBe('meta/llama-3.1');
    });

    it('goes page by page in both directions', async () => {
      const first = (await api.ask('/v1/models?limit=3', { headers })).body;
      expect([idsOf(first), first.has_more, first.last_id, first.nextCursor]).toEqual([
        OPEN.slice(0, 3),
        true,
        'embedding',
        'embedding',
      ]);
      const next = (await api.ask('/v1/models?limit=3&after_id=embedding', { headers })).body;
      expect(idsOf(next)).toEqual(OPEN.slice(3, 6));
      const back = (await api.ask(`/v1/models?limit=2&before_id=${next.first_id}`, { headers })).body;
      expect([idsOf(back), back.has_more]).toEqual([OPEN.slice(1, 3), true]);
      const begin = (await api.ask('/v1/models?limit=5&before_id=embedding', { headers })).body;
      expect([idsOf(begin), begin.has_more]).toEqual([OPEN.slice(0, 2), false]);
    });

    it('tells its errors in Anthropic’s shape, with our code', async () => {
      const { status, body } = await api.ask('/v1/models/nothing', { headers });
      expect([status, body]).toEqual([
        404,
        {
          type: 'error',
          error: { type: 'not_found_error', code: 'model_not_found', message: expect.stringContaining('"nothing"') },
          request_id: expect.any(String),
        },
      ]);
      expect((await api.ask('/v1/models?after_id=nothing', { headers })).body.error.message).toContain('`after_id`');
      expect((await api.ask('/v1/models', { headers, key: null })).body.error.type).toBe('authentication_error');
      expect((await api.ask('/v1/jobs/none', { headers })).body.error.requestId).toEqual(expect.any(String));
    });
  });

  it('hides a model for which the permission is missing as one that never was', async () => {
    for (const id of ['premium-chat', 'gold-chat', 'secret-alias']) {
      const hidden = await api.ask(`/v1/models/${id}`, { headers: { 'x-request-id': 'the-same' } });
      const never = await api.ask('/v1/models/never-was', { headers: { 'x-request-id': 'the-same' } });
      expect([hidden.status, hidden.text]).toEqual([404, never.text.replace('never-was', id)]);
    }
  });
});
