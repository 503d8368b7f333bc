import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { errorAnswer } from './answers.js';
import { SCHEMAS } from './schemas.js';

const DESCRIPTION = `Durable AI jobs: a job answered 202 is never lost and never charged twice.

Submit with \`POST /v1/jobs\`, then poll \`GET /v1/jobs/{id}\`, wait with \`?waitSeconds=30\`, or submit with \`Prefer: wait=30\`.
Send a key as \`Authorization: Bearer sk-…\` or \`x-api-key: sk-…\`.
Every error is \`{"error": {"type", "code", "message", "param", "requestId"}}\`; its message says how to mend it.
Money is a decimal string in USD, times are ISO 8601 in UTC, and \`x-request-id\` is on every answer.`;

/** Answered by every app, from a library that knows nothing of this description. */
const OPERATIONS: Readonly<Record<string, string>> = {
  '/health/live': 'Say that the process runs',
  '/health/ready': 'Say whether requests can be sent here',
  '/metrics': 'Show metrics in the form of Prometheus',
};

/** Serves Swagger UI at `/docs` and the description itself at `/docs/openapi.json`. */
export function describeApi(http: NestFastifyApplication): void {
  SwaggerModule.setup('docs', http, () => writeDescription(http), {
    jsonDocumentUrl: 'docs/openapi.json',
    raw: ['json'],
    customSiteTitle: 'Switchyard API',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true, tryItOutEnabled: true },
  });
}

function writeDescription(http: NestFastifyApplication): OpenAPIObject {
  const settings = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Switchyard')
    .setDescription(DESCRIPTION)
    .setVersion('0.1.0')
    .addTag('jobs', 'Submit, poll, wait, list, cancel, retry')
    .addTag('models', 'What can be asked')
    .addTag('providers', 'Who can be asked')
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
    for (const operation of [item.get, item.post]) if (operation) complete(path, operation);
  }
  return document;
}

/** Adds what holds for every route. */
function complete(path: string, operation: NonNullable<OpenAPIObject['paths'][string]['get']>): void {
  const summary = OPERATIONS[path];
  if (summary !== undefined) {
    Object.assign(operation, { summary, tags: ['operations'], security: [] });
    return;
  }
  const errors = ([401, 500, 503] as const).map((status) => {
    const { description, schema } = errorAnswer(status);
    return [status, { description, content: { 'application/json': { schema } } }];
  });
  Object.assign(operation.responses, Object.fromEntries(errors));
}
