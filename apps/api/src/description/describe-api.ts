import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ERROR_TYPES } from '@switchyard/contract';
import { errorAnswer } from './answers.js';
import { SCHEMAS } from './schemas.js';

const DESCRIPTION = `Durable AI jobs: a job answered 202 is never lost and never charged twice.

Submit with \`POST /v1/jobs\`, then poll \`GET /v1/jobs/{id}\`, wait with \`?waitSeconds=30\`, or submit with \`Prefer: wait=30\`.
Send a key as \`Authorization: Bearer sk-…\` or \`x-api-key: sk-…\`.
Every error is \`{"error": {"type", "code", "message", "param", "requestId"}}\`; its message says how to mend it.
Money is a decimal string in USD, times are ISO 8601 in UTC, and \`x-request-id\` is on every answer.`;

/** Answered by every app, from a library that knows nothing of this description. */
const OPERATIONS: Readonly<Record<string, { readonly operationId: string; readonly summary: string }>> = {
  '/health/live': { operationId: 'showLiveness', summary: 'Say that the process runs' },
  '/health/ready': { operationId: 'showReadiness', summary: 'Say whether requests can be sent here' },
  '/metrics': { operationId: 'showMetrics', summary: 'Show metrics in the form of Prometheus' },
};

/** Serves Swagger UI at `/docs` and the description itself at `/docs/openapi.json`. */
export function describeApi(http: NestFastifyApplication): void {
  SwaggerModule.setup('docs', http, () => writeDescription(http), {
    jsonDocumentUrl: 'docs/openapi.json',
    raw: ['json'],
    customSiteTitle: 'Switchyard API',
    customCss: '.swagger-ui .topbar { display: none }',
    swaggerOptions: { displayRequestDuration: true, tryItOutEnabled: true },
  });
}

function writeDescription(http: NestFastifyApplication): OpenAPIObject {
  const settings = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Switchyard')
    .setDescription(DESCRIPTION)
    .setVersion('0.1.0')
    .addTag('jobs', 'Submit, poll, wait, list, cancel, retry')
    .addTag('files', 'Images and other bytes with an address')
    .addTag('models', 'What can be asked')
    .addTag('providers', 'Who can be asked')
    .addTag('budgets', 'What may still be spent')
    .addTag('experiments', 'Which arm somebody has, and which is better')
    .addTag('admin', 'The control plane, for keys of scope `admin`')
    .addTag('operations', 'Health and metrics, without a key')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A key: `sk-…`' }, 'bearer')
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same key, as Anthropic clients send it' },
      'x-api-key',
    )
    .addSecurityRequirements('bearer')
    .addSecurityRequirements('x-api-key')
    .build();
  const document = SwaggerModule.createDocument(http, settings);
  document.components = { ...document.components, schemas: { ...document.components?.schemas, ...SCHEMAS } };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const operation of [item.get, item.post, item.put, item.patch, item.delete])
      if (operation) complete(path, operation);
  }
  return document;
}

/** Adds what holds for every route. */
function complete(path: string, operation: NonNullable<OpenAPIObject['paths'][string]['get']>): void {
  const ours = OPERATIONS[path];
  if (ours !== undefined) {
    Object.assign(operation, { ...ours, tags: ['operations'], security: [] });
    return;
  }
  const everywhere = operation.requestBody
    ? ([400, 401, 403, 413, 500, 503] as const)
    : ([401, 403, 500, 503] as const);
  const errors = everywhere.map((status) => {
    const { schema, ...rest } = errorAnswer(status);
    return [status, { ...rest, content: { 'application/json': { schema } } }];
  });
  Object.assign(operation.responses, Object.fromEntries(errors));
  for (const [status, response] of Object.entries(operation.responses)) {
    const content = response && 'content' in response ? response.content?.['application/json'] : undefined;
    if (content && Number(status) >= 400) content.example = exampleOf(Number(status));
  }
}

function exampleOf(status: number): object {
  const same = status === 412 ? 409 : status;
  const [type = 'invalid_request_error'] = Object.entries(ERROR_TYPES).find(([, each]) => each.status === same) ?? [];
  const param = status === 422 ? 'request.maxTokens' : null;
  const message = status === 422 ? '`request.maxTokens` must be 1 or more.' : 'What is wrong, and how to mend it.';
  return { error: { type, code: type, message, param, requestId: 'req_0193a5b2c4d87f3e9a1b2c3d4e5f6071' } };
}
