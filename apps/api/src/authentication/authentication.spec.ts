import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { request } from 'node:http';
import { KEYS } from '../__fixtures__/configuration.js';
import { GENERATION, startTestApi, type TestApi } from '../__fixtures__/test-api.js';

const UNKNOWN = 'sk-nobody-0123456789abcdef';

describe('authentication', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  it.each<[string, Record<string, string>]>([
    ['as a bearer token', { authorization: `Bearer ${KEYS.acme}` }],
    ['as a bearer token in other case', { authorization: `bearer   ${KEYS.acme}` }],
    ['as `x-api-key`', { 'x-api-key': KEYS.acme }],
    ['as `x-api-key` beside another scheme', { authorization: 'Basic YTpi', 'x-api-key': KEYS.acme }],
  ])('takes a key %s', async (_name, headers) => {
    expect((await api.ask('/v1/jobs', { key: null, headers })).status).toBe(200);
  });

  it.each<[string, Record<string, string>, string]>([
    ['no key', {}, 'missing_key'],
    ['an empty one', { authorization: 'Bearer ' }, 'missing_key'],
    ['an empty `x-api-key`', { 'x-api-key': '' }, 'missing_key'],
    [
      'another scheme',
      { authorization: `Basic ${Buffer.from(`user:${KEYS.acme}`).toString('base64')}` },
      'missing_key',
    ],
    ['a key without a scheme', { authorization: KEYS.acme }, 'missing_key'],
    ['two keys in one', { authorization: `Bearer ${KEYS.acme} ${KEYS.admin}` }, 'missing_key'],
    ['a key in a cookie', { cookie: `key=${KEYS.acme}` }, 'missing_key'],
    ['an unknown one', { authorization: `Bearer ${UNKNOWN}` }, 'invalid_key'],
    ['an unknown one in `x-api-key`', { 'x-api-key': UNKNOWN }, 'invalid_key'],
    ['an unknown one beside a good one', { authorization: `Bearer ${UNKNOWN}`, 'x-api-key': KEYS.acme }, 'invalid_key'],
    ['a key that goes on', { authorization: `Bearer ${KEYS.acme}x` }, 'invalid_key'],
    ['a key that is cut', { authorization: `Bearer ${KEYS.acme.slice(0, -1)}` }, 'invalid_key'],
    ['a key in other case', { authorization: `Bearer ${KEYS.acme.toUpperCase()}` }, 'invalid_key'],
    ['SQL', { authorization: "Bearer ' OR '1'='1" }, 'missing_key'],
    ['SQL without spaces', { authorization: "Bearer '/**/OR/**/'1'='1" }, 'invalid_key'],
    ['SQL in `x-api-key`', { 'x-api-key': "' OR '1'='1' --" }, 'invalid_key'],
    ['a very long one', { authorization: `Bearer ${'x'.repeat(12_000)}` }, 'invalid_key'],
    ['a wildcard', { authorization: 'Bearer %' }, 'invalid_key'],
    ['a tenant that is named', { 'x-tenant': 'acme' }, 'missing_key'],
  ])('refuses %s: 401', async (_name, headers, code) => {
    for (const [method, target] of [
      ['GET', '/v1/jobs'],
      ['POST', '/v1/jobs'],
      ['GET', '/v1/admin/config'],
      ['HEAD', '/v1/models'],
    ] as const) {
      const answer = await api.ask(target, { key: null, headers, method });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      if (method === 'HEAD') continue;
      expect(answer.body.error).toEqual({
        type: 'authentication_error',
        code,
        message: expect.stringContaining('Authorization: Bearer'),
        param: null,
        requestId: answer.headers.get('x-request-id'),
      });
    }
  });

  it.each(['key', 'api_key', 'api-key', 'apiKey', 'access_token', 'token', 'authorization', 'x-api-key'])(
    'takes no key in the query as `%s`',
    async (name) => {
      for (const target of ['/v1/jobs', '/v1/providers', '/v1/models']) {
        expect((await api.ask(`${target}?${name}=${KEYS.admin}`, { key: null })).status).toBe(401);
      }
    },
  );

  it('repeats no key, neither in answers nor in the log', async () => {
    const { text } = await api.ask('/v1/jobs', { key: UNKNOWN });
    await api.ask(`/v1/jobs?key=${KEYS.acme}`, { key: null });
    for (const key of [UNKNOWN, ...Object.values(KEYS)]) expect(text + api.log()).not.toContain(key);
  });

  it('reads no body of a stranger', async () => {
    const { port } = new URL(api.address);
    const headers = { 'content-type': 'application/json', 'content-length': String(30 * 1024 * 1024) };
    const outgoing = request({ port, path: '/v1/jobs', method: 'POST', headers });
    outgoing.on('error', () => undefined);
    outgoing.write('{"type":');
    const [response] = await once(outgoing, 'response');
    expect(response.statusCode).toBe(401);
    outgoing.destroy();
  });

  it('tells a stranger nothing of what it would have said of the body', async () => {
    for (const text of ['{', '{}', JSON.stringify(GENERATION)]) {
      expect((await api.ask('/v1/jobs', { key: UNKNOWN, text })).status).toBe(401);
    }
  });
});
