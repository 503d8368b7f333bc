import { appPort, runProcess, StartError, type AppProcess, type Running } from '@switchyard/config';
import type { Provider, ProviderDescription, ProviderKind, ProviderSettings } from '@switchyard/contract';
import { openSettler, type CircuitChange } from '@switchyard/jobs';
import { closeHttpApp, createHttpApp, listen, OperationsModule, Draining } from '@switchyard/telemetry';
import { registryOf, type ResolvedModel } from '@switchyard/registry';
import { authorizeStrictly } from './authorize-early.js';
import { ControlPump } from './control/control-pump.js';
import type { ControlTools } from './control/run-control-task.js';
import { LeaseKeeper } from './lease-keeper.js';
import type { PumpTools } from './provider-pump.js';
import { ServedProviders } from './served-providers.js';
import { openWorkerMetrics } from './worker-metrics.js';

/** A worker app, and what makes the providers of the kinds that it serves. */
export interface WorkerApp {
  /** The app's name, `worker-openai`. */
  readonly name: string;
  readonly factory: {
    listSupported(): readonly ProviderDescription[];
    /** @throws Error that names the setting at fault and its mend. */
    create(settings: ProviderSettings): Provider | Promise<Provider>;
  };
}

/** Jobs that run when the process is told to stop have this long, in milliseconds; then they are put back. */
const GRACE_MS = 5_000;
/** Workers look for jobs on a timer too, so that a lost queue delays work and no more, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/**
 * Runs a worker app until a signal ends it. Serves every configured provider of its kinds, a queue for each name, and
 * follows changes of them.
 */
export async function runWorker(worker: WorkerApp): Promise<void> {
  await runProcess(worker.name, (app) => startWorker(worker, app));
}

async function startWorker(worker: WorkerApp, app: AppProcess): Promise<Running> {
  const { configuration } = app;
  const kinds = worker.factory.listSupported().map(({ kind }) => kind);
  const settings = providersOf(kinds, app);
  if (settings.length === 0) throw nothingToServe(kinds);
  const logger = app.logger.module('worker');
  const settler = openSettler(app.database, app.queue, {
    filesKeptMs: configuration.current.retention.payloads,
    onCircuit: (change) => logCircuit(change, logger),
  });
  const metrics = openWorkerMetrics(app.metrics);
  const served = new ServedProviders({
    ...{ queue: app.queue, logger, toolsOf, authorizesEarly: !app.environment.strict },
    create: (each) => worker.factory.create(each),
  });
  const keeper = new LeaseKeeper(worker.name, { ...app, settler, pumps: () => served.pumps });
  const http = await createHttpApp(
    OperationsModule.forRoot({
      readiness: [{ name: 'database', check: () => app.database.ping() }],
      metrics: app.metrics,
      logger: app.logger,
    }),
    { logger: app.logger },
  );
  const made = await Promise.all(
    settings.map(async (each) => ({ settings: each, provider: await worker.factory.create(each) })),
  );
  if (app.environment.strict) {
    await authorizeStrictly(made.map(({ settings: { name }, provider }) => ({ name, provider })));
  }
  const port = appPort(app.environment, kinds[0] ?? 'custom');
  await listen(http, { host: app.environment.host, port });
  await keeper.start();

  served.begin(made);
  const control = new ControlPump({
    ...app,
    logger,
    workerId: () => keeper.workerId,
    providers: () => served.names,
    toolsOf: controlToolsOf,
  });
  await control.start();
  const follow = (): void => void served.apply(providersOf(kinds, app));
  const leaveConfiguration = configuration.onChange(follow);
  // What has changed since the first look.
  follow();
  const timer = setInterval(() => served.wake(), LOOK_EVERY_MS);
  app.logger.info({ providers: served.names, port }, 'working');

  function toolsOf(each: ProviderSettings): PumpTools {
    return {
      database: app.database,
      queue: app.queue,
      settler,
      logger,
      workerId: () => keeper.workerId,
      holdsLease: () => keeper.holdsLease,
      maxResultBytes: configuration.current.limits.resultBytes,
      modelSettings: (model) => configuration.current.models.get(model),
      cancelArrived: (id) => keeper.cancelArrived(id),
      onSettled: (job, settlement, verdict, milliseconds) => {
        metrics.settled(each.name, job, settlement, verdict, milliseconds / 1_000);
      },
    };
  }

  function modelOptions(model: string): Readonly<Record<string, unknown>> | undefined {
    return configuration.current.models.get(model)?.options;
  }

  function controlToolsOf(name: string): ControlTools | undefined {
    const found = served.find(name);
    return found && { provider: found.provider, models: modelsOf(found.settings, app), modelOptions };
  }

  return {
    async stop() {
      http.get(Draining).begin();
      clearInterval(timer);
      leaveConfiguration();
      await control.stop();
      await served.stop(GRACE_MS);
      await settler.drain();
      await keeper.stop();
      await served.close();
      await closeHttpApp(http, 500);
    },
  };
}

function logCircuit({ circuit, ...change }: CircuitChange, logger: AppProcess['logger']): void {
  if (circuit === 'opened') logger.warn(change, 'a circuit breaker opened: one job at a time tries it from here on');
  else logger.info(change, 'a circuit breaker closed');
}

/** The models of a provider as they are in force, the default one first. */
function modelsOf({ name, defaultModel }: ProviderSettings, app: AppProcess): readonly ResolvedModel[] {
  const models = registryOf(app.configuration.current).modelsOf(name);
  return models.toSorted((one, other) => Number(other.id === defaultModel) - Number(one.id === defaultModel));
}

function nothingToServe(kinds: readonly ProviderKind[]): StartError {
  return new StartError(
    `The configuration enables no provider of kind ${kinds.join(' or ')}. Add one under providers.`,
  );
}

/** The configured providers of these kinds that `modules` leaves on, as they are in force. */
function providersOf(kinds: readonly ProviderKind[], app: AppProcess): ProviderSettings[] {
  const { providers, models, modules, limits } = app.configuration.current;
  const own = [...providers.values()].filter(({ kind, name }) => kinds.includes(kind) && modules[name] !== false);
  return own.map((settings) => ({
    maxResponseBytes: limits.resultBytes,
    models: [...models.values()].filter(({ provider }) => provider === settings.name),
    ...(settings.kind === 'simulator' ? withSimulator(settings, app) : settings),
  }));
}

/** The simulator of this installation, where its block names no other: `SIMULATOR_URL`, else on this machine. */
function withSimulator(settings: ProviderSettings, app: AppProcess): ProviderSettings {
  const port = process.env['SIMULATOR_PORT'] ?? app.environment.appPortBase + 1;
  const host = reachableHost(app.environment.host);
  return { baseURL: process.env['SIMULATOR_URL'] ?? `http://${host}:${port}/v1`, ...settings };
}

/** Where something that listens on `host` is reached from this machine. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
