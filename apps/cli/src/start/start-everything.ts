import {
  ensureSecret,
  followConfiguration,
  loadConfiguration,
  prepareDatabase,
  readEnvironment,
  StartError,
  type Configuration,
  type Environment,
  type FollowedConfiguration,
} from '@switchyard/config/launch';
import { createLogger } from '@switchyard/telemetry/logging';
import { resolve } from 'node:path';
import { APPS_DIRECTORY, isBuilt } from '../apps-directory.js';
import type { LogSink } from '../output/log-sink.js';
import { makeFirstAdminKey, markAdminKeyKnown } from './admin-key.js';
import { AppFleet, urlHost } from './app-fleet.js';
import { choosePorts, requirePort } from './choose-ports.js';
import { Crew } from './crew.js';
import { databaseFolder, EmbeddedDatabase } from './embedded-database.js';
import { planProcesses, type ProcessPlan } from './plan-processes.js';

export interface StartOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly sink: LogSink;
  /** Gives the start up; what was started by then is stopped. */
  readonly signal: AbortSignal;
  /** Makes stopping cut short what still runs. */
  readonly hurry: AbortSignal;
  /** Where the apps run, and the configuration is looked for. Default: the current folder. */
  readonly workingDirectory?: string;
  readonly appsDirectory?: string;
}

/** The whole product, running. */
export interface Everything {
  readonly url: string;
  /** The first admin key, when this start made it: shown to the operator now or never. */
  readonly madeAdminKey: string | undefined;
  /** Ends everything in order, within ten seconds. */
  stop(): Promise<void>;
}

/** Of all that stopping takes, in milliseconds; Postgres has what the apps leave of it. */
const STOP_LIMIT_MS = 9_300;
const LEAST_POSTGRES_LIMIT_MS = 1_000;
const HURRIED_POSTGRES_LIMIT_MS = 300;

/**
 * Starts database, apps and workers, and waits until jobs can be submitted.
 * @throws ConfigurationError, StartError, MigrationError or EmbeddedPostgresError, whose messages are for the operator;
 * nothing is left running then
 */
export async function startEverything(options: StartOptions): Promise<Everything> {
  const { env, sink, signal, hurry, workingDirectory = process.cwd(), appsDirectory = APPS_DIRECTORY } = options;
  const environment = readEnvironment(env);
  const logger = createLogger({
    name: 'switchyard',
    level: environment.logLevel,
    destination: { write: (line) => sink.line('switchyard', line.trimEnd()) },
  });
  const configuration = await loadConfiguration({
    path: resolve(workingDirectory, environment.configurationPath),
    explicit: environment.configurationIsExplicit,
    nodeEnv: environment.nodeEnv,
    env,
  });
  requireSecret(environment);
  const { host, port, appPortBase } = environment;
  await requirePort(host, port, 'PORT');
  const planOf = (of: Configuration): ProcessPlan =>
    planProcesses(of, { api: port, base: appPortBase }, (app) => isBuilt(app, appsDirectory));
  const plan = planOf(configuration);
  if (!plan.processes.some(({ role }) => role === 'api'))
    throw new StartError('The API is not built. Run `npm run build`.');
  for (const warning of [...configuration.warnings, ...plan.warnings]) logger.warn({}, warning);
  const named = env['APP_PORT_BASE'] !== undefined && env['APP_PORT_BASE'] !== '';
  const portWarnings: string[] = [];
  const processes = await choosePorts(plan.processes, { host, named, warn: (message) => portWarnings.push(message) });

  const dataDirectory = resolve(workingDirectory, environment.dataDirectory);
  const fleet = new AppFleet({ host, logger, onLine: (app, text) => sink.line(app, text) });
  let database: EmbeddedDatabase | undefined;
  let followed: FollowedConfiguration | undefined;
  const stop = async (): Promise<void> => {
    const began = performance.now();
    await Promise.all([followed?.close(), fleet.stop(hurry)]);
    const limitMs = Math.max(STOP_LIMIT_MS - (performance.now() - began), LEAST_POSTGRES_LIMIT_MS);
    const cutShort = (): void => void database?.stop(0);
    hurry.addEventListener('abort', cutShort, { once: true });
    await database?.stop(hurry.aborted ? HURRIED_POSTGRES_LIMIT_MS : limitMs);
    hurry.removeEventListener('abort', cutShort);
  };

  try {
    const secret = environment.secret ?? (await ensureSecret(dataDirectory));
    const embedded = environment.databaseUrl === undefined;
    if (embedded)
      database = await EmbeddedDatabase.start({ dataDirectory: databaseFolder(dataDirectory), logger, signal });
    const databaseUrl = environment.databaseUrl ?? database?.url ?? '';
    await prepareDatabase({ database: databaseUrl, queue: environment.queueUrl });
    signal.throwIfAborted();

    const secrets = { secret, previousSecret: environment.previousSecret };
    const fileHasOne = hasAdminKey(configuration);
    const madeAdminKey =
      environment.adminKey === undefined
        ? await makeFirstAdminKey({ databaseUrl, dataDirectory, embedded, secrets, fileHasOne })
        : undefined;
    followed = await followConfiguration(databaseUrl, configuration, { secrets, logger });
    const { current } = followed.configuration;
    // Told where something starts, and beside no other reason why nothing does.
    for (const warning of portWarnings) logger.warn({}, warning);
    const adminKey = environment.adminKey ?? madeAdminKey;
    const crew = new Crew({
      ...{ fleet, logger, portsAreNamed: named, workingDirectory, appsDirectory, told: plan.warnings },
      shared: { env, host, port, appPortBase, dataDirectory, databaseUrl, secret, adminKey },
    });
    const needed = new Set(planOf(current).processes.map(({ name }) => name));
    crew.start(processes.filter(({ name }) => needed.has(name)));
    await crew.join(current);
    followed.configuration.onChange((changed) => void crew.join(changed));
    await fleet.waitUntilReady({ strict: environment.strict, signal });
    if (embedded && adminKey !== undefined) await markAdminKeyKnown(dataDirectory);
    return { url: `http://${urlHost(host)}:${port}`, madeAdminKey, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function hasAdminKey({ tenants }: Configuration): boolean {
  return [...tenants.values()].some(({ keys }) => keys.some(({ scopes }) => scopes.includes('admin')));
}

/** A database of the operator's own is reached from other machines too, which a secret made here would not reach. */
function requireSecret({ databaseUrl, secret }: Environment): void {
  if (databaseUrl === undefined || secret !== undefined) return;
  throw new StartError(
    'SWITCHYARD_SECRET must be set where DATABASE_URL is, to 32 bytes or more that every process shares. ' +
      'Make one with: openssl rand -base64 32',
  );
}
