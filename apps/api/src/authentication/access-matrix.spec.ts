import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { CONFIGURATION, KEYS } from '../__fixtures__/configuration.js';
import { GENERATION, startTestApi, type TestApi } from '../__fixtures__/test-api.js';

// Hundreds of requests in a test.
jest.setTimeout(30_000);

/** Who asks, and what they may: nothing, their own, or everything. */
const CALLERS = {
  'no key': { key: null, scopes: undefined },
  'a wrong key': { key: 'sk-nobody-0123456789abcdef', scopes: undefined },
  'a key without a scope': { key: KEYS.scopeless, scopes: [] },
  'a key of scope jobs': { key: KEYS.acme, scopes: ['jobs'] },
  "another tenant's key": { key: KEYS.globex, scopes: ['jobs'] },
  'a key of scope admin': { key: KEYS.admin, scopes: ['admin'] },
} as const;
type Caller = keyof typeof CALLERS;

/** Routes that answer without a key; whatever is not listed here needs one. */
const OPEN = new Set([
  'GET /',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'GET /docs',
  'GET /docs/openapi.json',
]);
/** Routes about one object of a tenant. */
const OWNED = /^\/v1\/(?:jobs|files)\/\{id\}/;
/** What each route that takes a body is sent. */
const BODIES: Readonly<Record<string, object>> = {
  'POST /v1/jobs': GENERATION,
  // Refused before it would wait for a worker.
  'POST /api/v1/model/inference': { text: '' },
  'POST /v1/budgets/check': GENERATION,
  'POST /v1/route': GENERATION,
  'POST /v1/jobs/{id}/feedback': { score: 1 },
  'POST /v1/admin/experiments/{name}/promote': { arm: 'none' },
  'POST /v1/admin/lanes/pause': { tenant: 'acme' },
  'POST /v1/admin/lanes/resume': { tenant: 'acme' },
  'POST /v1/admin/usage': { model: 'chat', cost: '0.25' },
};
/** An entry of each collection; a provider that is switched off is answered for at once. */
const NAMES: Readonly<Record<string, string>> = {
  ...{ keys: 'acme-app', tenants: 'acme', providers: 'switched-off', models: 'chat', aliases: 'smart' },
  ...{ 'access-policies': 'gold', 'routing-rules': 'at-night', 'load-balancers': 'spread', experiments: 'trial' },
  ...{ 'rate-limits': 'globex-rpm', settings: 'defaultProvider' },
};
/** An entry of the collections that no other spec of the API needs. */
const ENTRIES = `
routingRules: [{ name: at-night, when: { metadata.night: "yes" }, model: chat }]
loadBalancers: { spread: { models: [chat, gold-chat] } }
rateLimits: [{ name: globex-rpm, tenant: globex, maxRequests: 1000000, windowMs: 1000 }]
`;
const NEVER = `job_${'0'.repeat(32)}`;

/** Other ways to write a path, which must open nothing that its own does not. */
const SPELLINGS: Readonly<Record<string, (path: string) => string>> = {
  'as it is': (path) => path,
  'with two slashes': (path) => `/${path}`,
  'with two slashes within': (path) => path.replace('/v1/', '/v1//'),
  'with a slash at the end': (path) => `${path}/`,
  'in upper case': (path) => path.toUpperCase(),
  'with an encoded letter': (path) => path.replace('/v1/', '/%76%31/'),
  'with an encoded dot': (path) => `/health/%2e%2e${path}`,
  'with a dot': (path) => `/health/..${path}`,
  'with a dot after an open route': (path) => `/docs/..;${path}`,
  'with an encoded slash': (path) => path.replace('/v1/', '/v1%2F'),
  'with a backslash': (path) => path.replace('/v1/', '/v1\\'),
  'with a query that looks like an open route': (path) => `${path}?/health/live`,
  'with a fragment': (path) => `${path}#/health/live`,
  'as a whole address': (path) => `http://127.0.0.1${path}`,
  'with a NUL': (path) => `${path}%00`,
  'with a semicolon': (path) => `${path};a=b`,
};

describe('every route and every key', () => {
  let api: TestApi;
  let routes: { method: string; path: string }[];
  let own: string;
  let ownFile: string;

  beforeAll(async () => {
    api = await startTestApi({ configuration: CONFIGURATION + ENTRIES });
    const image = await api.submit({ type: 'image', request: { prompt: 'a cat' } });
    await api.worker.succeed(await api.worker.claimOne(), { images: [{ base64: 'iVBO', mimeType: 'image/png' }] });
    const { body: drawn } = await api.ask(`/v1/jobs/${image}`);
    ownFile = /file_[0-9a-f]+/.exec(drawn.result.images[0].url)?.[0] ?? '';
    own = await api.submit({ delaySeconds: 60 });
    const { body } = await api.ask('/docs/openapi.json', { key: null });
    routes = Object.entries<object>(body.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => ({ method: method.toUpperCase(), path })),
    );
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  /** What may be answered at the very most: 401, 403, 404, or the route's own. */
  function allowed(caller: Caller, method: string, path: string): number | 'its own' {
    if (OPEN.has(`${method} ${path}`)) return 'its own';
    const { scopes } = CALLERS[caller];
    if (!scopes) return 401;
    const admin = scopes.some((scope) => scope === 'admin');
    if (scopes.length === 0 || (path.startsWith('/v1/admin') && !admin)) return 403;
    return OWNED.test(path) && caller === "another tenant's key" ? 404 : 'its own';
  }

  /** The address of something that there is. */
  function concrete(path: string): string {
    const [, collection = ''] = /^\/v1\/(?:admin\/)?([^/]*)\//.exec(path) ?? [];
    const name = NAMES[collection] ?? 'acme-month';
    const id = path.includes('models') ? 'chat' : path.includes('files') ? ownFile : own;
    return path.replace('{id}', id).replace('{name}', name).replace('{version}', 'v2');
  }

  it('knows the routes', () => {
    expect(routes.length).toBeGreaterThanOrEqual(70);
    expect(routes).toEqual(
      expect.arrayContaining([
        { method: 'POST', path: '/v1/jobs' },
        { method: 'GET', path: '/v1/admin/config' },
        { method: 'DELETE', path: '/v1/admin/keys/{name}' },
        { method: 'PUT', path: '/v1/admin/providers/{name}' },
        { method: 'POST', path: '/v1/admin/models/{name}/versions/{version}/promote' },
      ]),
    );
  });

  it.each(Object.keys(CALLERS) as Caller[])('gives %s what it may have on every route, and no more', async (caller) => {
    const seen: Record<string, unknown> = {};
    const meant: Record<string, unknown> = {};
    for (const { method, path } of routes) {
      for (const asked of method === 'GET' ? ['GET', 'HEAD'] : [method]) {
        const { status } = await api.ask(concrete(path), {
          method: asked,
          key: CALLERS[caller].key,
          ...(`${method} ${path}` in BODIES ? { json: BODIES[`${method} ${path}`] } : {}),
        });
        const most = allowed(caller, method, path);
        const reached = status < 400 || status === 409 || status === 422;
        seen[`${asked} ${path}`] = most === 'its own' && reached ? 'its own' : status;
        meant[`${asked} ${path}`] = most;
      }
    }
    expect(seen).toEqual(meant);
  });

  it.each(Object.keys(SPELLINGS))('opens nothing to a path %s', async (spelling) => {
    const write = SPELLINGS[spelling] ?? String;
    for (const { method, path } of routes.filter(({ path: each }) => each.startsWith('/v1/'))) {
      for (const caller of [
        'no key',
        'a wrong key',
        'a key without a scope',
        'a key of scope jobs',
        "another tenant's key",
      ] as const) {
        const most = allowed(caller, method, path);
        if (most === 'its own') continue;
        for (const asked of [method, 'HEAD', 'GET']) {
          const status = await askRaw(asked, write(concrete(path)), CALLERS[caller].key);
          // Another spelling may be malformed, or no route, or have parameters or a method that its route does not take.
          expect([most, 400, 401, 403, 404, 405, 422]).toContain(status);
        }
      }
    }
  });

  it('leaves the job of its tenant untouched by all of that', async () => {
    expect((await api.ask(`/v1/jobs/${NEVER}`)).status).toBe(404);
    // The admin's and the tenant's own cancel were the only ones that could reach it.
    expect(['queued', 'canceled']).toContain((await api.ask(`/v1/jobs/${own}`)).body.status);
  });

  /** A client would write the address anew; this one sends it as it is. */
  async function askRaw(method: string, target: string, key: string | null): Promise<number> {
    const { port, hostname } = new URL(api.address);
    const socket = connect(Number(port), hostname);
    const authorization = key === null ? '' : `authorization: Bearer ${key}\r\n`;
    socket.write(
      `${method} ${target} HTTP/1.1\r\nhost: x\r\n${authorization}content-length: 0\r\nconnection: close\r\n\r\n`,
    );
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(await text(socket))?.[1]);
  }
});
