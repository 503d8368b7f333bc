import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { OpenAPIObject } from '@nestjs/swagger';
import { startTestApi, type TestApi } from '../__fixtures__/test-api.js';
import { KEYS } from '../__fixtures__/configuration.js';

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Record<string, { schema: object; examples?: Record<string, { value: unknown }> }>;
  };
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema?: object;
  }[];
  readonly responses: Readonly<
    Record<string, { description: string; content?: Record<string, { schema: { $ref?: string } }> }>
  >;
}

describe('the description of the API', () => {
  let api: TestApi;
  let document: OpenAPIObject;
  let operations: [name: string, operation: Operation][];

  beforeAll(async () => {
    api = await startTestApi();
    document = (await api.ask('/docs/openapi.json', { key: null })).body;
    operations = Object.entries<Record<string, unknown>>(document.paths as never).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]): [string, Operation] => [
        `${method.toUpperCase()} ${path}`,
        operation as Operation,
      ]),
    );
  }, 60_000);
  afterAll(async () => {
    await api.close();
  });

  function operation(name: string): Operation {
    const found = operations.find(([each]) => each === name);
    if (!found) throw new Error(`There is no ${name}.`);
    return found[1];
  }

  /** A check by one of the named schemas, as any client of the description would make it. */
  function checkOf(schema: string): (value: unknown) => string[] {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'https://example.com/api', ...document });
    const validate = ajv.compile({ $ref: `https://example.com/api#/components/schemas/${schema}` });
    return (value) =>
      validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  }

  it('is of OpenAPI 3.1, and says whose it is', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({
      title: 'Switchyard',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      description: expect.any(String),
    });
  });

  it('names every route, once, in words and under a heading', () => {
    const collections = [
      ...['access-policies', 'aliases', 'budgets', 'experiments', 'keys', 'load-balancers', 'models', 'providers'],
      ...['rate-limits', 'routing-rules', 'settings', 'tenants'],
    ].map((collection) => `/v1/admin/${collection}`);
    const routes = [
      ...collections.flatMap((path) => [
        `GET ${path}`,
        ...['DELETE', 'GET', 'PATCH', 'PUT'].map((method) => `${method} ${path}/{name}`),
      ]),
      ...['DELETE', 'GET', 'PUT'].map((method) => `${method} /v1/admin/models/{name}/versions/{version}`),
      'GET /v1/admin/models/{name}/versions',
      'POST /v1/admin/models/{name}/versions/{version}/promote',
      'GET /health/live',
      'GET /health/ready',
      'GET /metrics',
      'GET /v1/admin/budgets/{name}/usage',
      'GET /v1/admin/config',
      'GET /v1/admin/experiments/{name}/report',
      'GET /v1/admin/jobs',
      'GET /v1/admin/lanes',
      'GET /v1/admin/models/check',
      'GET /v1/admin/providers/health',
      'GET /v1/admin/providers/{name}/health',
      'GET /v1/admin/usage',
      'GET /v1/budgets',
      'GET /v1/experiments/{name}/assignment',
      'GET /v1/files/{id}',
      'GET /v1/files/{id}/content',
      'GET /v1/jobs',
      'GET /v1/jobs/{id}',
      'GET /v1/models',
      'GET /v1/models/{id}',
      'GET /v1/providers',
      'POST /api/v1/model/inference',
      ...['promote', 'start', 'stop'].map((what) => `POST /v1/admin/experiments/{name}/${what}`),
      'POST /v1/admin/keys',
      'POST /v1/admin/lanes/pause',
      'POST /v1/admin/lanes/resume',
      'POST /v1/admin/providers/{name}/token/test',
      'POST /v1/admin/usage',
      'POST /v1/budgets/check',
      'POST /v1/jobs',
      'POST /v1/jobs/{id}/cancel',
      'POST /v1/jobs/{id}/feedback',
      'POST /v1/jobs/{id}/retry',
      'POST /v1/route',
      'PUT /v1/admin/config',
    ];
    expect(operations.map(([name]) => name).sort()).toEqual(routes.sort());
    const headings = new Set(document.tags?.map(({ name }) => name));
    for (const [, { summary, tags = [], operationId }] of operations) {
      expect(summary).toMatch(/^[A-Z]/);
      expect(tags.every((tag) => headings.has(tag)) && tags.length === 1).toBe(true);
      expect(operationId).toMatch(/^[a-zA-Z]+$/);
    }
    expect(new Set(operations.map(([, { operationId }]) => operationId)).size).toBe(operations.length);
  });

  it('leads every reference to something', () => {
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g);
    const names = new Set([...references].map(([, name]) => name));
    expect(names.size).toBeGreaterThan(5);
    for (const name of names) expect(Object.keys(document.components?.schemas ?? {})).toContain(name);
  });

  it('asks for a key where one is needed, in either header', () => {
    expect(document.components?.securitySchemes).toEqual({
      bearer: expect.objectContaining({ type: 'http', scheme: 'bearer' }),
      'x-api-key': expect.objectContaining({ type: 'apiKey', in: 'header', name: 'x-api-key' }),
    });
    expect(document.security).toEqual([{ bearer: [] }, { 'x-api-key': [] }]);
    for (const [name, { security }] of operations)
      expect([name, security]).toEqual([name, name.includes('/v1/') ? undefined : []]);
  });

  it('tells every answer with its form, errors too', () => {
    const error = {
      description: expect.any(String),
      headers: expect.any(Object),
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' }, example: expect.any(Object) } },
    };
    for (const [name, { responses }] of operations.filter(([each]) => each.includes('/v1/'))) {
      expect([name, Object.keys(responses).some((status) => status.startsWith('2'))]).toEqual([name, true]);
      for (const [status, response] of Object.entries(responses)) {
        if (Number(status) >= 400) expect(response).toEqual(error);
        else
          expect(response).toEqual({
            description: expect.stringMatching(/\S/),
            content: expect.objectContaining({
              [name.endsWith('/content') ? 'application/octet-stream' : 'application/json']: {
                schema: expect.any(Object),
              },
            }),
          });
      }
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '500', '503']));
    }
    const statuses = (name: string): string[] => Object.keys(operation(name).responses);
    expect(statuses('POST /v1/jobs')).toEqual([
      '200',
      '202',
      '400',
      '401',
      '402',
      '403',
      '404',
      '413',
      '422',
      '429',
      '500',
      '503',
    ]);
    expect(statuses('GET /v1/jobs/{id}')).toEqual(['200', '401', '403', '404', '422', '500', '503']);
    expect(statuses('POST /v1/jobs/{id}/cancel')).toEqual([
      '200',
      '202',
      '401',
      '403',
      '404',
      '409',
      '422',
      '500',
      '503',
    ]);
    expect(statuses('POST /v1/jobs/{id}/retry')).toEqual(expect.arrayContaining(['202', '404', '409', '429']));
  });

  it('tells the parameters of each route', () => {
    const parameters = (name: string): string[] =>
      operation(name)
        .parameters.map((each) => `${each.in} ${each.name}`)
        .sort();
    expect(parameters('POST /v1/jobs')).toEqual(['header Idempotency-Key', 'header Prefer']);
    expect(parameters('GET /v1/jobs')).toEqual(
      ['batchId', 'cursor', 'limit', 'model', 'status', 'type'].map((name) => `query ${name}`),
    );
    expect(parameters('GET /v1/jobs/{id}')).toEqual(['path id', 'query raw', 'query waitSeconds']);
    expect(parameters('GET /v1/admin/jobs')).toContain('query tenant');
    expect(parameters('GET /v1/admin/usage')).toEqual(
      ['format', 'from', 'groupBy', 'key', 'model', 'provider', 'tenant', 'to'].map((name) => `query ${name}`),
    );
    expect(parameters('POST /v1/admin/usage')).toEqual(['header Idempotency-Key']);
    expect(parameters('GET /v1/models')).toEqual([
      'header anthropic-version',
      'query after',
      'query after_id',
      'query before_id',
      'query cursor',
      'query limit',
    ]);
  });

  it('describes the body of a job as it is checked', async () => {
    const { required, content = {} } = operation('POST /v1/jobs').requestBody ?? {};
    expect(required).toBe(true);
    expect(content['application/json']?.schema).toEqual({ $ref: '#/components/schemas/JobRequest' });
    for (const { value } of Object.values(content['application/json']?.examples ?? {})) {
      expect((await api.ask('/v1/jobs', { json: value })).status).toBe(202);
    }
    const check = checkOf('JobRequest');
    const good = { type: 'generation', request: { messages: [{ role: 'user', content: 'Hi' }] }, priority: 3 };
    expect(check(good)).toEqual([]);
    expect((await api.ask('/v1/jobs', { json: good })).status).toBe(202);
    for (const bad of [{}, { ...good, priority: 10 }, { ...good, other: 1 }, { ...good, request: { prompt: '' } }]) {
      expect(check(bad)).not.toEqual([]);
      expect((await api.ask('/v1/jobs', { json: bad })).status).toBe(422);
    }
  });

  it('describes answers as they are', async () => {
    const ended = await api.submit({ metadata: { a: 'b' }, task: { type: 'code', complexity: 1 } });
    for (const job of await api.worker.claim()) await api.worker.succeed(job);
    const failed = await api.submit();
    for (const job of await api.worker.claim()) await api.worker.fail(job);
    await api.submit({ delaySeconds: 60 });
    const answers = [
      ['Job', `/v1/jobs/${ended}`],
      ['Job', `/v1/jobs/${ended}?raw=true`],
      ['Job', `/v1/jobs/${failed}`],
      ['JobList', '/v1/jobs'],
      ['Model', '/v1/models/chat'],
      ['Model', '/v1/models/pictures'],
      ['ModelList', '/v1/models'],
      ['ProviderList', '/v1/providers'],
      ['UsageReport', '/v1/admin/usage?groupBy=model,provider,tenant,key,day'],
      ['UsageReport', '/v1/admin/usage?from=2020-01-01&to=2020-01-01'],
      ['Error', '/v1/jobs/job_1'],
      ['Error', '/v1/admin/config'],
    ] as const;
    for (const [schema, target] of answers) {
      const asAdmin = schema === 'UsageReport';
      const { body } = await api.ask(target, { key: asAdmin ? KEYS.admin : KEYS.acme });
      expect([target, checkOf(schema)(body)]).toEqual([target, []]);
      expect(checkOf(schema)({})).not.toEqual([]);
    }
  });

  it('is a page that needs nothing from elsewhere', async () => {
    const { status, headers, text } = await api.ask('/docs', { key: null });
    expect([status, headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/html/)]);
    expect(text).toContain('<title>Switchyard API</title>');
    const parts = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part]) => String(part));
    expect(parts.length).toBeGreaterThanOrEqual(4);
    for (const part of parts) {
      expect(part).toMatch(/^\.\/docs\//);
      expect((await api.ask(part.slice(1), { key: null })).status).toBe(200);
    }
  });
});
