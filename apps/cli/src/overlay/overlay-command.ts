import {
  changeEntries,
  ensureSecret,
  isCollection,
  listOverlay,
  loadConfiguration,
  prepareDatabase,
  readEnvironment,
  StartError,
  type Environment,
} from '@switchyard/config/launch';
import { openDatabase, type Database } from '@switchyard/database';
import { join, resolve } from 'node:path';
import { escapeText } from '../output/escape-text.js';
import type { CommandOptions } from '../run-command.js';
import { EmbeddedDatabase } from '../start/embedded-database.js';

const USAGE = 'Say `overlay list`, or `overlay drop <collection>/<name> …`, such as `overlay drop budgets/acme`.';

/** Shows what was changed through the control plane, or takes entries of it out again. */
export async function overlay({ words: [action, ...names] }: CommandOptions): Promise<number> {
  if (action === 'list' && names.length === 0) return await withDatabase(list);
  if (action === 'drop' && names.length > 0) return await withDatabase((database) => drop(database, names));
  throw new StartError(USAGE);
}

async function list(database: Database): Promise<number> {
  for (const { collection, name, changedBy, changedAt } of await listOverlay(database)) {
    const line = `${collection}/${name}  changed by ${changedBy} at ${changedAt.toISOString()}`;
    process.stdout.write(`${escapeText(line)}\n`);
  }
  return 0;
}

/** All of them or none: they may name each other. */
async function drop(database: Database, names: readonly string[]): Promise<number> {
  const environment = readEnvironment(process.env);
  const file = await loadConfiguration({
    path: environment.configurationPath,
    explicit: environment.configurationIsExplicit,
    nodeEnv: environment.nodeEnv,
    env: process.env,
  });
  const changes = names.map((each) => {
    const [collection = '', ...rest] = each.split('/');
    if (!isCollection(collection) || rest.length === 0) throw new StartError(`"${each}" names no entry. ${USAGE}`);
    return { collection, name: rest.join('/'), kind: 'delete' } as const;
  });
  const secrets = { secret: await secretOf(environment), previousSecret: environment.previousSecret };
  const author = { by: 'switchyard overlay drop', requestId: 'command line' };
  const changed = await changeEntries({ database, file, secrets }, changes, author);
  for (const [index, { entry }] of changed.entries()) {
    const now = entry ? 'is as the configuration file says again' : 'is deleted';
    process.stdout.write(`${escapeText(names[index] ?? '')} ${now}\n`);
  }
  return 0;
}

/** Opens the operator's database, or starts the embedded one for as long as the command takes. */
async function withDatabase(use: (database: Database) => Promise<number>): Promise<number> {
  const environment = readEnvironment(process.env);
  const dataDirectory = resolve(environment.dataDirectory);
  const embedded =
    environment.databaseUrl === undefined
      ? await EmbeddedDatabase.start({
          dataDirectory: join(dataDirectory, 'postgres'),
          logger: { info: () => undefined, warn: () => undefined },
          signal: new AbortController().signal,
        })
      : undefined;
  try {
    const url = environment.databaseUrl ?? embedded?.url ?? '';
    if (embedded) await prepareDatabase({ database: url, queue: environment.queueUrl });
    const database = openDatabase({ url, applicationName: 'switchyard overlay', poolSize: 1 });
    try {
      return await use(database);
    } finally {
      await database.close();
    }
  } finally {
    await embedded?.stop(STOP_LIMIT_MS);
  }
}

const STOP_LIMIT_MS = 5_000;

/** What the entries' own secrets are sealed under; a list shows none of these. */
async function secretOf({ secret, databaseUrl, dataDirectory }: Environment): Promise<string> {
  if (secret !== undefined) return secret;
  if (databaseUrl === undefined) return await ensureSecret(resolve(dataDirectory));
  throw new StartError('SWITCHYARD_SECRET is not set. Set it to the one that every process shares.');
}
