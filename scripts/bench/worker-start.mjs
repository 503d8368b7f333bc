import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '@switchyard/database/embedded';
import { freePorts, startApp } from '@switchyard/stage';
import { median, processorTime } from './measure.mjs';

/**
 * How long each worker takes from its start to being ready for jobs, with one provider and no model: by the clock, of
 * the processor's time, and with how much memory. One after the other, on an embedded Postgres.
 *
 *     npm run build:fast && node scripts/bench/worker-start.mjs --rounds 5
 *
 * Prints one JSON document: medians over the rounds. The figure to hold is 2,000 ms.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, limitMs: { type: 'string', default: '60000' } },
});

const KEYED = { baseURL: 'http://127.0.0.1:1/v1', apiKey: 'sk-vendor-0123456789abcdef' };
const IN_GOOGLE_CLOUD = { ...KEYED, project: 'yard-1' };
const PROVIDERS = {
  openai: KEYED,
  anthropic: KEYED,
  vertex: IN_GOOGLE_CLOUD,
  anthropic_vertex: IN_GOOGLE_CLOUD,
  azure_openai: { endpoint: 'http://127.0.0.1:1', apiKey: KEYED.apiKey },
  groq: KEYED,
  copilot: KEYED,
  ollama: {},
  huggingface: {},
  stable_diffusion: {},
  custom: KEYED,
};

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
  const workers = {};
  for (const kind of Object.keys(PROVIDERS)) {
    const name = `worker-${kind.replaceAll('_', '-')}`;
    const starts = [];
    for (let round = 0; round < Number(values.rounds); round += 1) starts.push(await start(name, env));
    const figures = ['readyMs', 'processorMs', 'megabytes'];
    workers[name] = Object.fromEntries(figures.map((figure) => [figure, median(starts.map((each) => each[figure]))]));
    console.error(`${name}: ${JSON.stringify(workers[name])}`);
  }
  return { rounds: Number(values.rounds), workers };
}

async function start(name, env) {
  const [port] = await freePorts(1);
  const startedAt = performance.now();
  const app = startApp(name, { ...env, APP_PORT: String(port) });
  try {
    while (!(await isReady(port))) {
      if (!app.running || performance.now() - startedAt > Number(values.limitMs)) throw new Error(app.output());
      await delay(5);
    }
    const readyMs = Math.round(performance.now() - startedAt);
    return { readyMs, processorMs: processorTime(app.pid), megabytes: residentMegabytes(app.pid) };
  } finally {
    await app.end('SIGTERM');
  }
}

async function isReady(port) {
  return (await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined))?.ok === true;
}

function residentMegabytes(pid) {
  if (process.platform !== 'linux') return Number.NaN;
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024);
}

async function setUp() {
  const root = process.getuid?.() === 0;
  const folder = await mkdtemp(join(root ? '/tmp' : tmpdir(), 'switchyard-bench-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  if (root) await chmod(folder, 0o755);
  const logger = { info: () => undefined, warn: (_, message) => console.error(message) };
  const server = await startEmbeddedPostgres({ dataDirectory: join(folder, 'data'), logger });
  cleanups.push(() => server.stop());
  const configuration = join(folder, 'switchyard.yaml');
  await writeFile(configuration, JSON.stringify({ providers: PROVIDERS }));
  const env = {
    DATABASE_URL: server.url,
    SWITCHYARD_CONFIG: configuration,
    SWITCHYARD_SECRET: randomBytes(32).toString('hex'),
    SWITCHYARD_ADMIN_KEY: 'sk-bench-admin-0123456789abcdef',
  };
  const migration = startApp('cli', env, { parameters: ['migrate'] });
  if ((await migration.ended).code !== 0) throw new Error(migration.output());
  return env;
}
