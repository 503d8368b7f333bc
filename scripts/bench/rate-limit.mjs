import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDatabase, sql } from '@switchyard/database';
import { startEmbeddedPostgres } from '@switchyard/database/embedded';
import { freePorts, startApp, startRedis, until } from '@switchyard/stage';

/**
 * A vendor that allows so many requests in any span of a window, and workers of several processes that must keep to it:
 * how long the jobs take beside the ideal, and whether the vendor ever saw more.
 *
 *     npm run build:fast && node scripts/bench/rate-limit.mjs --jobs 600 --limit 60 --window 2000
 *
 * Prints one JSON document. `most` is the most that came within a window less 2 % or 50 ms, whichever is more, which is
 * what the way to the vendor may take.
 */
const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '600' },
    limit: { type: 'string', default: '60' },
    window: { type: 'string', default: '2000' },
    workers: { type: 'string', default: '2' },
    engine: { type: 'string', default: 'postgres' },
  },
});
const jobs = Number(values.jobs);
const limit = Number(values.limit);
const windowMs = Number(values.window);
const KEY = 'sk-bench-0123456789abcdef';
const COMPLETION = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'chat',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
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
  const vendor = await startVendor();
  const { url, database } = await setUp(vendor.url);
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ type: 'generation', request: { prompt: 'Why queue?', maxTokens: 8 } });
  let outstanding = jobs;
  const client = async () => {
    for (; outstanding > 0;) {
      outstanding -= 1;
      const response = await fetch(`${url}/v1/jobs`, { method: 'POST', headers, body });
      await response.arrayBuffer();
      if (response.status !== 202) throw new Error(`A job was answered ${response.status}.`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, client));
  const live = async () => (await database.query(sql`select count(*)::integer as left from live_jobs`))[0].left;
  await until('all jobs have ended', async () => (await live()) === 0, 600_000);
  const [ended] = await database.query(sql`
    select count(*) filter (where outcome = 'succeeded')::integer as succeeded,
           count(*) filter (where outcome <> 'succeeded')::integer as failed from jobs`);
  const [{ attempts }] = await database.query(sql`select count(*)::integer as attempts from attempts`);
  const tookMs = vendor.arrivals.at(-1) - vendor.arrivals[0];
  const idealMs = (Math.ceil(jobs / limit) - 1) * windowMs;
  return {
    ...{ workers: Number(values.workers), engine: values.engine, limit, windowMs },
    ...ended,
    attempts,
    refusedByVendor: vendor.refused(),
    most: busiest(vendor.arrivals),
    tookMs: Math.round(tookMs),
    idealMs,
    overIdeal: Math.round((tookMs / idealMs - 1) * 1_000) / 1_000,
  };
}

/** The most arrivals in a span of the window, less what the way may take. */
function busiest(arrivals) {
  const span = windowMs - Math.max(windowMs * 0.02, 50);
  let from = 0;
  let most = 0;
  for (const [index, at] of arrivals.entries()) {
    while (arrivals[from] <= at - span) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}

async function startVendor() {
  const arrivals = [];
  let refused = 0;
  const server = createServer((request, response) => {
    const now = performance.now();
    const asksModels = request.method === 'GET';
    const over = !asksModels && busiest([...arrivals.slice(-limit), now]) > limit;
    if (!asksModels) arrivals.push(now);
    if (over) refused += 1;
    request.resume().on('end', () => {
      response.writeHead(over ? 429 : 200, { 'content-type': 'application/json' });
      response.end(
        asksModels ? '{"object":"list","data":[]}' : over ? '{"error":{"message":"slow down"}}' : COMPLETION,
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}/v1`, arrivals, refused: () => refused };
}

async function setUp(vendorUrl) {
  const root = process.getuid?.() === 0;
  const folder = await mkdtemp(join(root ? '/tmp' : tmpdir(), 'switchyard-bench-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  if (root) await chmod(folder, 0o755);
  const logger = { info: () => undefined, warn: (_, message) => console.error(message) };
  const server = await startEmbeddedPostgres({ dataDirectory: join(folder, 'data'), logger });
  cleanups.push(() => server.stop());
  const redis = values.engine === 'redis' ? await startRedis() : undefined;
  if (redis) cleanups.push(() => redis.stop());
  await writeFile(join(folder, 'switchyard.yaml'), configuration(vendorUrl));
  const env = {
    DATABASE_URL: server.url,
    ...(redis ? { QUEUE_URL: redis.url } : {}),
    SWITCHYARD_CONFIG: join(folder, 'switchyard.yaml'),
    SWITCHYARD_SECRET: randomBytes(32).toString('hex'),
    SWITCHYARD_ADMIN_KEY: 'sk-bench-admin-0123456789abcdef',
  };
  const migration = startApp('cli', env, { parameters: ['migrate'] });
  const { code } = await migration.ended;
  if (code !== 0) throw new Error(migration.output());
  const [apiPort, ...ports] = await freePorts(1 + Number(values.workers));
  await start('api', { ...env, PORT: String(apiPort) }, apiPort);
  for (const port of ports) await start('worker-openai', { ...env, APP_PORT: String(port) }, port);
  const database = openDatabase({ url: server.url, applicationName: 'bench', poolSize: 1 });
  cleanups.push(() => database.close());
  return { url: `http://127.0.0.1:${apiPort}`, database };
}

async function start(name, env, port) {
  const app = startApp(name, env);
  cleanups.push(() => app.end('SIGTERM'));
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined))?.ok === true;
  await until(`${name} is ready`, ready, 30_000, app.output);
}

function configuration(vendorUrl) {
  return `
providers:
  openai:
    baseURL: ${vendorUrl}
    apiKey: sk-vendor-0123456789abcdef
    defaultModel: chat
    rateLimit: { maxRequests: ${limit}, windowMs: ${windowMs} }
models:
  - { id: chat, provider: openai, capabilities: [generation], contextWindow: 128000, price: free }
tenants:
  acme:
    keys: [{ name: acme-app, key: ${KEY}, scopes: [jobs] }]
`;
}
