import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { KEYS } from '../__fixtures__/configuration.js';
import { openAdmin, type Admin } from '../__fixtures__/admin.js';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';
import { openVendorDesk, type VendorDesk } from '../__fixtures__/vendor-desk.js';

const AUTH = { kind: 'api_key', status: 'valid', expiresAt: null };
const REFUSED = { code: 'authentication', message: 'The provider answered 401.' };

describe('how providers are', () => {
  let api: TestApi;
  let admin: Admin;
  let desk: VendorDesk;

  beforeAll(async () => {
    api = await startTestApi();
    admin = openAdmin(api);
  }, 60_000);
  beforeEach(async () => {
    desk = await openVendorDesk(api.app, ['sim', 'vendor', 'claude']);
  });
  afterEach(() => desk.close());
  afterAll(() => api.close());

  it('is told by a worker: latency, models, authorization', async () => {
    desk.answer = () => ({
      answer: { error: null, auth: AUTH, latencyMs: 42, models: ['gpt-4', 'gpt-5'], facts: { device: 'cpu' } },
    });
    const { status, body } = await admin.get('providers/vendor/health');
    expect([status, body]).toEqual([
      200,
      {
        provider: 'vendor',
        status: 'healthy',
        auth: AUTH,
        latencyMs: 42,
        models: ['gpt-4', 'gpt-5'],
        facts: { device: 'cpu' },
        circuit: 'closed',
        error: null,
      },
    ]);
    expect(desk.asked).toEqual(['vendor health']);
  });

  it('is told with the reason where it is ill', async () => {
    const auth = { ...AUTH, status: 'invalid', reason: 'The provider refused the key; check providers.vendor.apiKey.' };
    desk.answer = () => ({ answer: { error: REFUSED, auth, latencyMs: 7, models: [] } });
    expect((await admin.get('providers/vendor/health')).body).toMatchObject({
      status: 'unhealthy',
      auth,
      error: REFUSED,
    });
  });

  it('is unhealthy where no worker runs, and says so in time', async () => {
    await desk.close();
    const startedAt = performance.now();
    const { status, body } = await admin.get('providers/vendor/health');
    expect(performance.now() - startedAt).toBeLessThan(9_000);
    expect([status, body]).toEqual([
      200,
      {
        provider: 'vendor',
        status: 'unhealthy',
        auth: { kind: 'api_key', status: 'unknown', expiresAt: null },
        latencyMs: null,
        models: [],
        facts: {},
        circuit: 'closed',
        error: {
          code: 'no_worker',
          message: 'No worker took the question: start one for the provider vendor, or see why it is busy in its log.',
        },
      },
    ]);
    const token = await admin.post('providers/vendor/token/test', undefined);
    expect([token.status, token.body.error.type, token.body.error.code]).toEqual([
      503,
      'overloaded_error',
      'no_worker',
    ]);
    expect(token.headers.get('retry-after')).toBe('5');
  }, 20_000);

  it('is known without asking where it is switched off', async () => {
    const { body } = await admin.get('providers/switched-off/health');
    expect(body).toMatchObject({ status: 'unhealthy', error: { code: 'disabled' }, latencyMs: null });
    const token = await admin.post('providers/switched-off/token/test', undefined);
    expect([token.status, token.body.error.message]).toEqual([409, 'modules switches the provider switched-off off.']);
    expect(desk.asked).toEqual([]);
  });

  it('is not told of one that there is not', async () => {
    for (const answer of [
      await admin.get('providers/nobody/health'),
      await admin.post('providers/nobody/token/test', undefined),
    ]) {
      expect([answer.status, answer.body.error.type]).toEqual([404, 'not_found_error']);
    }
  });

  it('is told of all that are switched on, each by its own worker', async () => {
    desk.answer = ({ provider }) => ({
      answer: { error: provider === 'claude' ? REFUSED : null, auth: AUTH, latencyMs: 1, models: ['a'] },
    });
    const { status, body } = await admin.get('providers/health');
    expect(status).toBe(200);
    const healthy = { status: 'healthy', authStatus: 'valid', latencyMs: 1, testResponseLength: null, error: null };
    expect(body).toEqual({
      data: [
        { provider: 'sim', ...healthy },
        { provider: 'vendor', ...healthy },
        { provider: 'claude', ...healthy, status: 'unhealthy', error: REFUSED },
      ],
      nextCursor: null,
    });
    expect(desk.asked.toSorted()).toEqual(['claude health', 'sim health', 'vendor health']);
  });

  it('is tested with a word, whose cost is booked to who asked', async () => {
    const word = { model: 'vendor-chat', length: 12, costNano: '2500', promptTokens: 3, completionTokens: 2 };
    desk.answer = ({ provider }) => {
      const heard = provider === 'vendor' ? { word, error: null } : { word: null, error: REFUSED };
      return { answer: { ...heard, auth: AUTH, latencyMs: 5 } };
    };
    const { body } = await admin.get('providers/health?probe=true');
    expect(body.data.map((each: object) => Object.values(each))).toEqual([
      ['sim', 'unhealthy', 'valid', 5, null, REFUSED],
      ['vendor', 'healthy', 'valid', 5, 12, null],
      ['claude', 'unhealthy', 'valid', 5, null, REFUSED],
    ]);
    expect(desk.asked.toSorted()).toEqual(['claude hello', 'sim hello', 'vendor hello']);
    const usage = await admin.get('usage?groupBy=provider,model,tenant');
    expect(usage.body.data).toEqual([
      expect.objectContaining({ provider: 'vendor', model: 'vendor-chat', tenant: 'default', cost: '0.0000025' }),
    ]);
    expect((await admin.get('providers/health?probe=perhaps')).status).toBe(422);
  });

  it('includes a fresh token, of which only the kind, the length and the end are told', async () => {
    const report = { kind: 'google', length: 187, expiresAt: '2026-11-21T09:00:00.000Z' };
    desk.answer = () => ({ answer: { ...report, token: 'canary' } });
    const { status, body } = await admin.post('providers/vendor/token/test', undefined);
    expect([status, body]).toEqual([200, report]);
    desk.answer = () => ({ error: REFUSED });
    const refused = await admin.post('providers/vendor/token/test', undefined);
    expect([refused.status, refused.body.error]).toEqual([
      502,
      expect.objectContaining({ type: 'provider_error', code: 'authentication', message: REFUSED.message }),
    ]);
    desk.answer = () => ({ answer: { token: 'canary' } });
    const odd = await admin.post('providers/vendor/token/test', undefined);
    expect([odd.status, odd.body.error.code]).toEqual([409, 'unsupported']);
    expect(odd.text).not.toMatch('canary');
  });

  it('leaves nothing secret in the rows of its questions', async () => {
    const rows = await admin.rows('select payload, answer from control_tasks');
    expect(rows.length).toBeGreaterThan(5);
    expect(JSON.stringify(rows.map(({ payload }) => payload))).toBe(JSON.stringify(rows.map(() => ({}))));
  });
});

describe('what vendors list', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  }, 60_000);
  afterAll(() => api.close());

  it('is told as it was last compared, and of those that were not', async () => {
    await openAdmin(api).rows(`
      insert into model_checks (provider, due_at, checked_at, report, error) values
        ('vendor', now(), '2026-11-21T08:00:00Z', '{"new": ["a"], "retired": ["b"], "unpriced": ["a"]}', null),
        ('claude', now(), null, null, 'Away.'), ('gone', now(), null, null, null)`);
    const { status, body } = await api.ask('/v1/admin/models/check', { key: KEYS.admin });
    const none = { new: [], retired: [], unpriced: [] };
    expect([status, body]).toEqual([
      200,
      {
        data: [
          { provider: 'sim', checkedAt: null, ...none, error: null },
          {
            provider: 'vendor',
            checkedAt: '2026-11-21T08:00:00.000Z',
            new: ['a'],
            retired: ['b'],
            unpriced: ['a'],
            error: null,
          },
          { provider: 'claude', checkedAt: null, ...none, error: 'Away.' },
          { provider: 'switched-off', checkedAt: null, ...none, error: null },
        ],
        nextCursor: null,
      },
    ]);
  });
});
