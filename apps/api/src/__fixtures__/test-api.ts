import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openProcess, prepareDatabase, type AppProcess } from '@switchyard/config';
import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import type { MeasurementWatch } from '@switchyard/jobs';
import type { QueueEngine } from '@switchyard/queue/testing';
import { startTcpProxy, type TcpProxy } from '@switchyard/stage';
import { createLogger } from '@switchyard/telemetry';
import { startApi } from '../start-api.js';
import { callApi, type Answer, type Call } from './call-api.js';
import { CONFIGURATION, KEYS } from './configuration.js';
import { openTestWorker, type TestWorker } from './worker.js';

interface TestApiOptions {
  /** Default: postgres. */
  readonly engine?: QueueEngine;
  /** YAML. Default: that of the fixtures. */
  readonly configuration?: string;
  /** Laid under what the API gets as its environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Another API whose database it shares. */
  readonly beside?: TestApi;
}

/** The API in this process, over a database and a queue of its own. */
export interface TestApi {
  readonly address: string;
  readonly test: TestDatabase;
  readonly app: AppProcess;
  readonly worker: TestWorker;
  readonly measured: MeasurementWatch;
  /** Between the API and its database; the worker goes through it too. */
  readonly proxy: TcpProxy;
  /** What it has logged so far, as text. */
  readonly log: () => string;
  /** Asks the API, with the key of acme unless the call says otherwise. */
  ask(target: string, call?: Call): Promise<Answer>;
  /** Submits a small generation, with these fields over it; fails unless it is admitted. */
  submit(fields?: object, call?: Call): Promise<string>;
  /** Stops the API as a signal would, and everything else. */
  close(): Promise<void>;
}

/** What is long enough to be a root secret. */
export const SECRET = 'a secret for specs, of 32 bytes or more';
export const GENERATION = { type: 'generation', request: { prompt: 'Say hello.' } } as const;

/** Where the specs of the API keep their entries, apart from what other specs keep in the same Redis. */
const REDIS_DATABASE = 200;

/** Starts the API as its main does, from an environment and a file. */
export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const undo: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    return await start(options, undo, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  options: TestApiOptions,
  undo: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<TestApi> {
  const test = options.beside?.test ?? (await createTestDatabase());
  if (!options.beside) undo.push(() => test.drop());
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-api-'));
  undo.push(() => rm(folder, { recursive: true }));
  const file = join(folder, 'switchyard.yaml');
  await writeFile(file, options.configuration ?? CONFIGURATION);
  const proxy = await startTcpProxy(placeOf(test.url));
  undo.push(() => proxy.close());
  const queueUrl = options.engine === 'redis' ? redisUrl() : undefined;
  await prepareDatabase({ database: test.url, queue: queueUrl });
  const opened = await openProcess('api', {
    SWITCHYARD_CONFIG: file,
    SWITCHYARD_SECRET: SECRET,
    SWITCHYARD_ADMIN_KEY: KEYS.admin,
    DATABASE_URL: atPort(test.url, proxy.port),
    LOG_LEVEL: 'silent',
    ...(queueUrl === undefined ? {} : { QUEUE_URL: queueUrl }),
    ...options.env,
  });
  undo.push(() => opened.close());
  const lines: string[] = [];
  const logger = createLogger({ name: 'api', level: 'debug', destination: { write: (line) => void lines.push(line) } });
  // The environment takes no port 0, which a shell would hardly mean.
  const app = { ...opened, logger, environment: { ...opened.environment, port: 0 } };
  const api = await startApi(app);
  undo.push(() => api.stop());
  const ask = (target: string, call: Call = {}): Promise<Answer> => callApi(api.address, target, call);
  return {
    address: api.address,
    test,
    app,
    worker: await openTestWorker(app),
    measured: api.measured,
    proxy,
    log: () => lines.join(''),
    ask,
    async submit(fields = {}, call = {}) {
      const { status, body, text } = await ask('/v1/jobs', { ...call, json: { ...GENERATION, ...fields } });
      if (status !== 202) throw new Error(`The job was answered ${status}: ${text}`);
      return String(body.id);
    },
    close,
  };
}

/** Where a server of Postgres listens: a folder, where its URL names one, else a port. */
function placeOf(url: string): NetConnectOpts {
  const { port, searchParams } = new URL(url);
  const folder = searchParams.get('host');
  return folder?.startsWith('/') ? { path: `${folder}/.s.PGSQL.${port}` } : { port: Number(port), host: '127.0.0.1' };
}

function atPort(url: string, port: number): string {
  const changed = Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(port) });
  changed.searchParams.delete('host');
  return changed.href;
}

function redisUrl(): string {
  const url = process.env['SWITCHYARD_TEST_REDIS'];
  if (!url) throw new Error('There is no Redis for the specs; use describeEngines.');
  return `${url}/${REDIS_DATABASE + Number(process.env['JEST_WORKER_ID'] ?? 0)}`;
}
