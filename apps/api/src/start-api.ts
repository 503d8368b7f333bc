import { describeFilled, openKeyDirectory, syncTenants, type AppProcess, type Running } from '@switchyard/config';
import { openGate } from '@switchyard/gate';
import {
  openAdmission,
  openFileReader,
  openJobReader,
  openJobWaiter,
  openProviderDesk,
  watchMeasurements,
  type MeasurementWatch,
} from '@switchyard/jobs';
import { registryOf } from '@switchyard/registry';
import { closeHttpApp, createHttpApp, Draining, listen } from '@switchyard/telemetry';
import { ApiModule } from './api.module.js';
import { describeApi } from './description/describe-api.js';
import { handleRequests, SERVER_OPTIONS } from './http/serve.js';

/** Requests that are being answered when the process is told to stop have this long, in milliseconds. */
const GRACE_MS = 5_000;

/** The API as it runs. */
export interface RunningApi extends Running {
  /** Where it listens, with the port that it got. */
  readonly address: string;
  /** What it knows of models from their calls and from feedback. */
  readonly measured: MeasurementWatch;
}

/** Starts the API: keys into the database, the gate, and HTTP. */
export async function startApi(app: AppProcess): Promise<RunningApi> {
  const { configuration, database, environment, queue } = app;
  const { file } = configuration;
  const secrets = { secret: app.secret, previousSecret: environment.previousSecret };
  const madeKey = await syncTenants(database, file, { ...secrets, adminKey: environment.adminKey });
  // Not a line of the log, which masks keys and is kept. At once: whatever fails from here on, it is in the database.
  if (madeKey !== undefined) process.stdout.write(`admin key, shown this once: ${madeKey}\n`);
  const keys = await openKeyDirectory(database, secrets);
  await configuration.follow((transaction) => keys.read(transaction));
  const admission = openAdmission(database, queue);
  const reader = openJobReader(database);
  const files = openFileReader(database);
  const waiter = await openJobWaiter(queue, reader);
  const desk = await openProviderDesk(database, queue);
  const measured = watchMeasurements({
    database,
    needsBusy: () => {
      return Object.values(configuration.current.loadBalancers).some(({ strategy }) => strategy === 'least_busy');
    },
    onError: (error) =>
      app.logger.warn({ error }, 'what was measured of models cannot be read; the figures before it hold'),
  });
  const gate = openGate(app, admission, measured);

  const { bodyBytes: bodyLimit } = file.limits;
  const leaving = new AbortController();
  const context = {
    ...{ app, keys, gate, reader, files, waiter, desk, leaving: leaving.signal },
    get registry() {
      return registryOf(configuration.current);
    },
  };
  const http = await createHttpApp(ApiModule.forRoot(context), {
    logger: app.logger,
    bodyLimit,
    server: SERVER_OPTIONS,
  });
  handleRequests(http, { app, keys, bodyLimit, metrics: app.metrics });
  describeApi(http);
  const address = await listen(http, { host: environment.host, port: environment.port });
  for (const line of describeFilled(file)) app.logger.info({}, line);
  for (const warning of file.warnings) app.logger.warn({}, warning);
  app.logger.info({ address }, 'listening');

  return {
    address,
    measured,
    async stop() {
      http.get(Draining).begin();
      leaving.abort();
      await closeHttpApp(http, GRACE_MS);
      waiter.close();
      measured.stop();
      desk.close();
      await admission.drain();
    },
  };
}
