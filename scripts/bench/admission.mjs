import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, chmod, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDatabase, sql } from '@switchyard/database';
import { startEmbeddedPostgres } from '@switchyard/database/embedded';
import { freePorts, startApp, startRedis, until } from '@switchyard/stage';
import { openConnections } from './http-load.mjs';
import { median, processorTime, quantile } from './measure.mjs';

/**
 * Admission as a client has it: `POST /v1/jobs` over HTTP from 32 connections at once, each sending its next request when
 * the answer to the one before it is there. Postgres, Redis, the API and the load share this machine; no worker runs, so
 * that what is admitted stays in the queue. Two budgets apply to every request and have room for all.
 *
 *     npm run build:fast && node scripts/bench/admission.mjs --apis 1
 *
 * Prints one JSON document: medians over the rounds of the rate, of the latencies, and of what a request costs each
 * process of the processor's time.
 */
const { values } = parseArgs({
  options: {
    apis: { type: 'string', default: '1' },
    engine: { type: 'string', default: 'redis' },
    connections: { type: 'string', default: '32' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '5' },
    budgets: { type: 'string', default: '2' },
    /** Sends an `Idempotency-Key` of its own with every request. */
    keys: { type: 'boolean', default: false },
    /** Options of Node for the APIs, such as `--cpu-prof`. */
    node: { type: 'string', default: '' },
  },
});
const seconds = Number(values.seconds);
const connections = Number(values.connections);
const KEY = 'sk-bench-0123456789abcdef';
const BODY = JSON.stringify({
  type: 'generation',
  request: { prompt: 'Why queue? '.repeat(20), maxTokens: 64, temperature: 0.2 },
});

const cleanups = [];
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void tidy().then(() => process.exit(1)));
try {
  console.log(JSON.stringify(await bench(), undefined, 2));
} finally {
  await tidy();
}

async function tidy() {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
}

async function bench() {
  const stage = await setUp();
  const load = await openConnections({
    urls: stage.apis.map(({ url }) => `${url}/v1/jobs`),
    connections,
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: BODY,
    ...(values.keys ? { keyHeader: 'idempotency-key' } : {}),
  });
  cleanups.push(() => load.close());
  const processes = {
    api: stage.apis.map(({ pid }) => pid),
    postgres: [stage.postgres],
    ...(stage.redis === undefined ? {} : { redis: [stage.redis] }),
  };
  console.error('warming up');
  await load.run(seconds);
  const rounds = [];
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    rounds.push(await measure(load, processes));
    console.error(JSON.stringify(rounds.at(-1)));
  }
  const [{ jobs }] = await stage.database.query(sql`select count(*)::integer as jobs from live_jobs`);
  return {
    apis: stage.apis.length,
    engine: values.engine,
    connections,
    ...Object.fromEntries(Object.keys(rounds[0]).map((figure) => [figure, median(rounds.map((each) => each[figure]))])),
    jobs,
  };
}

async function measure(load, processes) {
  const used = () => Object.values(processes).map((pids) => pids.reduce((sum, pid) => sum + processorTime(pid), 0));
  const before = [...used(), process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000];
  const { latencies, failures, milliseconds } = await load.run(seconds);
  const after = [...used(), process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000];
  if (failures.length > 0) throw new Error(`${failures.length} requests were not admitted; the first: ${failures[0]}`);
  const microseconds = [...Object.keys(processes), 'load'].map((name, index) => [
    `${name}MicrosecondsPerRequest`,
    Math.round(((after[index] - before[index]) / latencies.length) * 1_000),
  ]);
  return {
    perSecond: Math.round((latencies.length / milliseconds) * 1_000),
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    ...Object.fromEntries(microseconds),
  };
}

async function setUp() {
  const root = process.getuid?.() === 0;
  const folder = await mkdtemp(join(root ? '/tmp' : tmpdir(), 'switchyard-bench-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  if (root) await chmod(folder, 0o755);
  const logger = { info: () => undefined, warn: (_, message) => console.error(message) };
  const server = await startEmbeddedPostgres({ dataDirectory: join(folder, 'data'), logger });
  cleanups.push(() => server.stop());
  const redis = values.engine === 'redis' ? await startRedis() : undefined;
  if (redis) cleanups.push(() => redis.stop());
  await writeFile(join(folder, 'switchyard.yaml'), configuration());
  const env = {
    DATABASE_URL: server.url,
    ...(redis ? { QUEUE_URL: redis.url } : {}),
    SWITCHYARD_CONFIG: join(folder, 'switchyard.yaml'),
    SWITCHYARD_SECRET: randomBytes(32).toString('hex'),
    SWITCHYARD_ADMIN_KEY: 'sk-bench-admin-0123456789abcdef',
    ...(values.node === '' ? {} : { NODE_OPTIONS: values.node }),
  };
  const migration = startApp('cli', env, { parameters: ['migrate'] });
  const { code } = await migration.ended;
  if (code !== 0) throw new Error(migration.output());
  const apis = [];
  for (const port of await freePorts(Number(values.apis))) {
    const api = startApp('api', { ...env, PORT: String(port) });
    cleanups.push(() => api.end('SIGTERM'));
    const url = `http://127.0.0.1:${port}`;
    const ready = async () => (await fetch(`${url}/health/ready`).catch(() => undefined))?.ok === true;
    await until('the API is ready', ready, 20_000, api.output);
    apis.push({ url, pid: api.pid });
  }
  const database = openDatabase({ url: server.url, applicationName: 'bench', poolSize: 1 });
  cleanups.push(() => database.close());
  return { apis, postgres: server.pid, redis: redis?.pid, database };
}

function configuration() {
  const budgets = [
    '{ name: all, monthlyLimit: "9000000" }',
    '{ name: acme, tenant: acme, dailyLimit: "1000000", monthlyLimit: "9000000" }',
  ].slice(0, Number(values.budgets));
  return `
providers:
  openai:
    baseURL: http://127.0.0.1:1/v1
    apiKey: sk-vendor-0123456789abcdef
    defaultModel: chat
models:
  - id: chat
    provider: openai
    capabilities: [generation]
    contextWindow: 128000
    price: { inputPerMillion: "0.15", outputPerMillion: "0.60" }
limits: { maxQueuedPerTenant: 1000000 }
budgets: [${budgets.join(', ')}]
tenants:
  acme:
    keys: [{ name: acme-app, key: ${KEY}, scopes: [jobs] }]
`;
}
