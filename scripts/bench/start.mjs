import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePorts, startRedis, until } from '@switchyard/stage';
import { sendAtRate } from './http-rate.mjs';
import { median, memoryOf, processorTimeOf, quantile, treeOf } from './measure.mjs';

/**
 * What somebody sees who runs `npm start` with the configuration that is built in: how long the first start takes and one
 * with data, what everything together takes while it is idle, and how long a job takes at a steady rate, with the
 * simulator as the vendor that answers at once.
 *
 *     npm run build:fast && node scripts/bench/start.mjs --engine postgres
 *
 * Prints one JSON document: medians over the rounds. `postMs` is until the 202, `succeededMs` until a client that waits
 * (`Prefer: wait`) has the result; both count from the instant at which the request was due.
 */
const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'postgres' },
    rate: { type: 'string', default: '50' },
    requests: { type: 'string', default: '400' },
    rounds: { type: 'string', default: '3' },
    /** Seconds from ready until idling is measured, and for how long it is. */
    settle: { type: 'string', default: '60' },
    idle: { type: 'string', default: '30' },
  },
});
const ROOT = join(import.meta.dirname, '../..');
const KEY = 'sk-bench-0123456789abcdef';
const BODY = JSON.stringify({ type: 'generation', request: { prompt: 'Why queue? '.repeat(20), maxTokens: 64 } });
const MEGABYTE = 1_048_576;

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
  const env = await setUp();
  const first = await start(env);
  await first.stop();
  const product = await start(env);
  const idle = await measureIdle(product.pid);
  const send = (headers) =>
    sendAtRate({
      url: `${product.url}/v1/jobs`,
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
      body: BODY,
      perSecond: Number(values.rate),
      requests: Number(values.requests),
    });
  await send({});
  const rounds = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const posted = await send({});
    const waited = await send({ prefer: 'wait=30' });
    if (waited.statuses.some((status) => status !== 200)) throw new Error('A job did not end within 30 seconds.');
    rounds.push({
      postP50Ms: quantile(posted.latencies, 0.5),
      postP99Ms: quantile(posted.latencies, 0.99),
      succeededP50Ms: quantile(waited.latencies, 0.5),
      succeededP99Ms: quantile(waited.latencies, 0.99),
    });
    console.error(JSON.stringify(rounds.at(-1)));
  }
  await product.stop();
  return {
    engine: values.engine,
    perSecond: Number(values.rate),
    firstStartMs: first.milliseconds,
    warmStartMs: product.milliseconds,
    ...idle,
    ...Object.fromEntries(Object.keys(rounds[0]).map((figure) => [figure, median(rounds.map((each) => each[figure]))])),
  };
}

async function setUp() {
  const root = process.getuid?.() === 0;
  const folder = await mkdtemp(join(root ? '/tmp' : tmpdir(), 'switchyard-bench-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  if (root) await chmod(folder, 0o755);
  const redis = values.engine === 'redis' ? await startRedis() : undefined;
  if (redis) cleanups.push(() => redis.stop());
  const [port] = await freePorts(1);
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    ...(redis ? { QUEUE_URL: redis.url } : {}),
    DATA_DIR: join(folder, 'data'),
    PORT: String(port),
    SWITCHYARD_ADMIN_KEY: KEY,
  };
}

async function start(env) {
  const began = performance.now();
  const child = spawn('npm', ['start'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => void child.once('close', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  cleanups.push(async () => {
    if (child.exitCode === null && child.signalCode === null) await stop();
  });
  let printed = '';
  child.stdout.on('data', (text) => (printed += text));
  const ready = () => /^ready (\S+)$/m.exec(printed)?.[1];
  await until(
    'it is ready',
    () => ready() !== undefined || child.exitCode !== null,
    60_000,
    () => printed,
  );
  if (ready() === undefined) throw new Error(printed);
  return { pid: child.pid, url: ready(), milliseconds: Math.round(performance.now() - began), stop };
}

async function measureIdle(pid) {
  await delay(Number(values.settle) * 1_000);
  const before = processorTimeOf(treeOf(pid));
  await delay(Number(values.idle) * 1_000);
  const processes = treeOf(pid);
  const used = processorTimeOf(processes) - before;
  return {
    processes: processes.length,
    idlePercentOfOneCore: Math.round((used / (Number(values.idle) * 1_000)) * 1_000) / 10,
    idleMegabytes: Math.round(memoryOf(processes) / MEGABYTE),
  };
}
