import { openDatabase, sql, type Database } from '@switchyard/database';
import type { DynamicModule } from '@nestjs/common';
import { QueueModule, type Queue } from '@switchyard/queue';
import { createLogger, createMetrics, type Logger, type Metrics } from '@switchyard/telemetry';
import type { Environment } from '../environment/environment.js';
import { readEnvironment } from '../environment/read-environment.js';
import { loadConfiguration } from '../load-configuration.js';
import { openSeal } from '../overlay/sealed-secrets.js';
import { openConfiguration } from './open-configuration.js';
import type { LiveConfiguration } from './live-configuration.js';
import { openProcessQueue } from './process-queue.js';
import { reasonOf } from './reason-of.js';
import { StartError } from './start-error.js';

/** What every app of the product stands on, opened from the environment. */
export interface AppProcess {
  readonly name: string;
  readonly environment: Environment;
  /** SWITCHYARD_SECRET, the root of key hashes and of encryption at rest. */
  readonly secret: string;
  /** What is in force: ask for `current` each time, since it may be changed at any moment. */
  readonly configuration: LiveConfiguration;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly database: Database;
  readonly queue: Queue;
  /** The queue of each configured provider, for an app's Nest container. */
  readonly queueModule: DynamicModule;
  /** Closes queue and database; nothing of this process may use them any more. */
  close(): Promise<void>;
}

const DATABASE_CONNECTIONS = 8;

/**
 * Opens configuration, database and queue, and proves that the database is there and migrated.
 * @throws ConfigurationError with every fault, or StartError.
 */
export async function openProcess(name: string, env: NodeJS.ProcessEnv): Promise<AppProcess> {
  const environment = readEnvironment(env);
  const { databaseUrl } = environment;
  if (databaseUrl === undefined) {
    throw new StartError(
      'DATABASE_URL is not set. Set it, or start everything with `npm start`, which brings its own database.',
    );
  }
  const { secret } = environment;
  if (secret === undefined) {
    throw new StartError(
      'SWITCHYARD_SECRET is not set. Set it to 32 or more random bytes, the same for every process.',
    );
  }
  const file = await loadConfiguration({
    path: environment.configurationPath,
    explicit: environment.configurationIsExplicit,
    nodeEnv: environment.nodeEnv,
    env,
  });
  const logger = createLogger({ name, level: environment.logLevel });
  const database = openDatabase({
    url: databaseUrl,
    applicationName: `switchyard ${name}`,
    poolSize: DATABASE_CONNECTIONS,
  });
  try {
    await proveDatabase(database);
    await proveMigrations(database);
    const secrets = { secret, previousSecret: environment.previousSecret };
    const configuration = await openConfiguration({ file, database, seal: openSeal(secrets), logger });
    const opened = await openProcessQueue({ name, url: environment.queueUrl ?? databaseUrl, logger });
    await configuration.watch(opened.queue);
    const close = async (): Promise<void> => {
      await configuration.close();
      await opened.close();
      await database.close();
    };
    return {
      name,
      environment,
      secret,
      configuration,
      logger,
      metrics: createMetrics({ app: name }),
      database,
      queue: opened.queue,
      queueModule: QueueModule.forRoot(opened.queue, [...file.providers.keys()]),
      close,
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function proveDatabase(database: Database): Promise<void> {
  try {
    await database.ping();
  } catch (error) {
    throw new StartError(
      `The database cannot be reached (${reasonOf(error)}). Check DATABASE_URL and that the server runs.`,
      { cause: error },
    );
  }
}

async function proveMigrations(database: Database): Promise<void> {
  const [row] = await database.query<{ present: boolean }>(
    sql`select to_regprocedure('settle_attempts(json)') is not null
           and to_regclass('control_tasks') is not null as present`,
  );
  if (row?.present !== true) {
    throw new StartError(
      'The database has no tables of Switchyard. Run `node apps/cli/dist/main.js migrate` against it first.',
    );
  }
}
