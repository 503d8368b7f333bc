import { appPort, runProcess, StartError, type AppProcess, type Running } from '@switchyard/config';
import type { Provider, ProviderDescription, ProviderKind, ProviderSettings } from '@switchyard/contract';
import { openSettler, type CircuitChange } from '@switchyard/jobs';
import { closeHttpApp, createHttpApp, listen, OperationsModule, Draining } from '@switchyard/telemetry';
import { createRegistry, type ResolvedModel } from '@switchyard/registry';
import { authorizeEarly, authorizeStrictly } from './authorize-early.js';
import { ControlPump } from './control/control-pump.js';
import type { ControlTools } from './control/run-control-task.js';
import { LeaseKeeper } from './lease-keeper.js';
import { prepareProviders } from './prepare-providers.js';
import { ProviderPump, type PumpTools } from './provider-pump.js';
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
/** Finding a GPU may take as long as its driver does, in milliseconds. */
const FACTS_LIMIT_MS = 60_000;

/** Runs a worker app until a signal ends it. Serves every configured provider of its kinds, a queue for each name. */
export async function runWorker(worker: WorkerApp): Promise<void> {
  await runProcess(worker.name, (app) => startWorker(worker, app));
}

async function startWorker(worker: WorkerApp, app: AppProcess): Promise<Running> {
  const kinds = worker.factory.listSupported().map(({ kind }) => kind);
  const settings = providersOf(kinds, app);
  const settler = openSettler(app.database, app.queue, {
    filesKeptMs: app.configuration.current.retention.payloads,
    onCircuit: (change) => logCircuit(change, app.logger.module('worker')),
  });
  const metrics = openWorkerMetrics(app.metrics);
  const pumps: ProviderPump[] = [];
  const keeper = new LeaseKeeper(worker.name, { ...app, settler, pumps: () => pumps });
  const http = await createHttpApp(
    OperationsModule.forRoot({
      readiness: [{ name: 'database', check: () => app.database.ping() }],
      metrics: app.metrics,
      logger: app.logger,
    }),
    { logger: app.logger },
  );
  const providers = await Promise.all(
    settings.map(async (each) => ({ settings: each, provider: await worker.factory.create(each) })),
  );
  const named = providers.map(({ settings: { name }, provider }) => ({ name, provider }));
  if (app.environment.strict) await authorizeStrictly(named);
  const port = appPort(app.environment, kinds[0] ?? 'custom');
  await listen(http, { host: app.environment.host, port });
  await keeper.start();

  for (const { settings: each, provider } of providers) pumps.push(new ProviderPump(each, provider, toolsOf(each)));
  const consumers = pumps.map((pump) =>
    app.queue.consumeEntries(pump.settings.name, {
      concurrency: pump.settings.concurrency,
      onEntry: async () => pump.wake(),
    }),
  );
  const control = new ControlPump({
    ...app,
    logger: app.logger.module('worker'),
    workerId: () => keeper.workerId,
    providers: named.map(({ name }) => name),
    toolsOf: controlToolsOf,
  });
  await control.start();
  const leaveUnauthorized = app.environment.strict
    ? () => undefined
    : authorizeEarly(named, app.logger.module('worker'));
  const leaveUnprepared = prepareProviders(named, app.logger.module('worker'));
  const timer = setInterval(() => pumps.forEach((pump) => pump.wake()), LOOK_EVERY_MS);
  app.logger.info({ providers: settings.map((each) => each.name), port }, 'working');
  for (const { settings: each, provider } of providers) void tellFacts(each.name, provider, app.logger);

  function toolsOf(each: ProviderSettings): PumpTools {
    return {
      database: app.database,
      queue: app.queue,
      settler,
      logger: app.logger.module('worker'),
      workerId: () => keeper.workerId,
      holdsLease: () => keeper.holdsLease,
      maxResultBytes: app.configuration.current.limits.resultBytes,
      modelSettings: (model) => app.configuration.current.models.get(model),
      cancelArrived: (id) => keeper.cancelArrived(id),
      onSettled: (job, settlement, verdict, milliseconds) => {
        metrics.settled(each.name, job, settlement, verdict, milliseconds / 1_000);
      },
    };
  }

  function modelOptions(model: string): Readonly<Record<string, unknown>> | undefined {
    return app.configuration.current.models.get(model)?.options;
  }

  function controlToolsOf(name: string): ControlTools | undefined {
    const found = providers.find(({ settings: each }) => each.name === name);
    return found && { provider: found.provider, models: modelsOf(found.settings, app), modelOptions };
  }

  return {
    async stop() {
      http.get(Draining).begin();
      clearInterval(timer);
      leaveUnauthorized();
      leaveUnprepared();
      await control.stop();
      await Promise.all(consumers.map((consumer) => consumer.close()));
      await Promise.all(pumps.map((pump) => pump.drain(GRACE_MS)));
      await settler.drain();
      await keeper.stop();
      await Promise.all(providers.map(({ provider }) => provider.close()));
      await closeHttpApp(http, 500);
    },
  };
}

function logCircuit({ circuit, ...change }: CircuitChange, logger: AppProcess['logger']): void {
  if (circuit === 'opened') logger.warn(change, 'a circuit breaker opened: one job at a time tries it from here on');
  else logger.info(change, 'a circuit breaker closed');
}

/** Not waited for: a process that works need not know all of itself yet. */
async function tellFacts(name: string, provider: Provider, logger: AppProcess['logger']): Promise<void> {
  try {
    const facts = await provider.facts?.(AbortSignal.timeout(FACTS_LIMIT_MS));
    if (facts) logger.info({ provider: name, ...facts }, 'this is what the provider runs on');
  } catch (error) {
    logger.warn({ provider: name, error }, 'what the provider runs on is not known');
  }
}

/** The models of a provider as they are in force, the default one first. */
function modelsOf({ name, defaultModel }: ProviderSettings, app: AppProcess): readonly ResolvedModel[] {
  const models = createRegistry(app.configuration.current).modelsOf(name);
  return models.toSorted((one, other) => Number(other.id === defaultModel) - Number(one.id === defaultModel));
}

/** The configured providers of these kinds that `modules` leaves on. */
function providersOf(kinds: readonly ProviderKind[], app: AppProcess): ProviderSettings[] {
  const { providers, models, modules } = app.configuration.current;
  const own = [...providers.values()].filter(({ kind, name }) => kinds.includes(kind) && modules[name] !== false);
  if (own.length === 0) {
    throw new StartError(
      `The configuration enables no provider of kind ${kinds.join(' or ')}. Add one under providers.`,
    );
  }
  const maxResponseBytes = app.configuration.current.limits.resultBytes;
  return own.map((settings) => ({
    maxResponseBytes,
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
