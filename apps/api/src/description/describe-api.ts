import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

const DESCRIPTION = `Durable AI jobs: a job answered 202 is never lost and never charged twice.

Submit with \`POST /v1/jobs\`, then poll \`GET /v1/jobs/{id}\`, wait with \`?waitSeconds=\`, or submit with \`Prefer: wait=30\`.
Every error is \`{"error": {"type", "code", "message", "param", "requestId"}}\` and its message says how to mend it.`;

/** Serves Swagger UI at `/docs` and the description itself at `/docs/openapi.json`. */
export function describeApi(http: NestFastifyApplication): void {
  const builder = new DocumentBuilder()
    .setTitle('Switchyard')
    .setDescription(DESCRIPTION)
    .setVersion('0.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A key: `sk-…`' })
    .addSecurityRequirements('bearer');
  SwaggerModule.setup('docs', http, () => SwaggerModule.createDocument(http, builder.build()), {
    jsonDocumentUrl: 'docs/openapi.json',
    customSiteTitle: 'Switchyard API',
  });
}
