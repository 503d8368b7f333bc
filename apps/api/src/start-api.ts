import { randomUUID } from 'node:crypto';
import { openKeyDirectory, syncTenants, type AppProcess, type Running } from '@switchyard/config';
import { openGate } from '@switchyard/gate';
import { openAdmission, openJobReader, openJobWaiter } from '@switchyard/jobs';
import { createRegistry } from '@switchyard/registry';
import { closeHttpApp, createHttpApp, Draining, listen } from '@switchyard/telemetry';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiModule } from './api.module.js';
import { describeApi } from './description/describe-api.js';

/** Requests that wait when the process is told to stop have this long, in milliseconds. */
const GRACE_MS = 3_000;
/** A client's own id of a request is kept when it looks like one. */
const REQUEST_ID = /^[\w-]{8,128}$/;

/** Starts the API: keys into the database, the gate, and HTTP. */
export async function startApi(app: AppProcess): Promise<Running> {
  const { configuration, database, environment, queue } = app;
  await syncTenants(database, configuration, { secret: app.secret, adminKey: environment.adminKey });
  const keys = await openKeyDirectory(database, app.secret);
  const registry = createRegistry(configuration);
  const admission = openAdmission(database, queue);
  const reader = openJobReader(database);
  const waiter = await openJobWaiter(queue, reader);
  const gate = openGate(app, registry, admission);

  const http = await createHttpApp(ApiModule.forRoot({ app, keys, registry, gate, reader, waiter }), {
    logger: app.logger,
    bodyLimit: configuration.limits.bodyBytes,
    server: { requestIdHeader: false, genReqId: requestId, forceCloseConnections: 'idle' },
  });
  describeApi(http);
  answerRequestId(http);
  const address = await listen(http, { host: environment.host, port: environment.port });
  for (const warning of configuration.warnings) app.logger.warn({}, warning);
  app.logger.info({ address }, 'listening');

  return {
    async stop() {
      http.get(Draining).begin();
      waiter.close();
      await closeHttpApp(http, GRACE_MS);
      await admission.drain();
    },
  };
}

function requestId(request: { readonly headers: Readonly<Record<string, string | string[] | undefined>> }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : `req_${randomUUID().replaceAll('-', '')}`;
}

function answerRequestId(http: NestFastifyApplication): void {
  http
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply, done) => {
      reply.header('x-request-id', request.id);
      done();
    });
}
