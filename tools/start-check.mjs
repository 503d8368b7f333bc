import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * `npm start` as a stranger does it: it must say that it is ready, answer, and at SIGTERM leave no process behind.
 * Prints what it saw; exit 0 when all held.
 */
const READY_MS = 60_000;
const END_MS = 10_000;

// Postgres may run as another user than we do, and must be able to walk to its data.
const dataFolder = mkdtempSync(join(tmpdir(), 'switchyard-start-'));
chmodSync(dataFolder, 0o755);
const mark = randomBytes(16).toString('hex');
const adminKey = `sk-${randomBytes(16).toString('hex')}`;

function freePort() {
  return new Promise((fulfil) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => fulfil(port));
    });
  });
}

function readIfAllowed(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Processes that descend from ours, however they detached: they carry our mark, or our folder on their command line. */
function processesLeft() {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .map((id) => ({ id, command: readIfAllowed(`/proc/${id}/cmdline`).replaceAll('\0', ' ').trim() }))
    .filter(({ id, command }) => command.includes(dataFolder) || readIfAllowed(`/proc/${id}/environ`).includes(mark));
}

function waitForReady(child) {
  return new Promise((fulfil, reject) => {
    const fail = (reason) => reject(new Error(`npm start ${reason}`));
    setTimeout(() => fail(`printed no ready line within ${READY_MS / 1000} s`), READY_MS).unref();
    child.once('close', (code) => fail(`ended with ${code} before it was ready`));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const address = /^ready (http:\/\/\S+)$/.exec(line)?.[1];
      if (address) fulfil(address);
      else console.log(`  | ${line}`);
    });
  });
}

async function submit(address) {
  const response = await fetch(`${address}/v1/jobs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json', prefer: 'wait=20' },
    body: JSON.stringify({ type: 'generation', request: { prompt: 'Say that you are ready.' } }),
    signal: AbortSignal.timeout(30_000),
  });
  const job = await response.json();
  if (job.status !== 'succeeded') throw new Error(`POST /v1/jobs answered ${response.status} ${JSON.stringify(job)}`);
}

async function waitForEnd() {
  const bound = Date.now() + END_MS;
  while (processesLeft().length > 0 && Date.now() < bound) await delay(100);
  return processesLeft();
}

const started = Date.now();
const seconds = () => ((Date.now() - started) / 1000).toFixed(1);
const child = spawn('npm', ['start'], {
  cwd: resolve(import.meta.dirname, '..'),
  env: {
    ...process.env,
    PORT: String(await freePort()),
    DATA_DIR: dataFolder,
    SWITCHYARD_ADMIN_KEY: adminKey,
    SWITCHYARD_START_CHECK: mark,
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const address = await waitForReady(child);
  console.log(`  ready after ${seconds()} s, ${processesLeft().length} processes`);
  await submit(address);
  console.log(`  a job ran to its end at ${seconds()} s`);
} catch (error) {
  console.error(`  ${error.message}`);
  process.exitCode = 1;
} finally {
  const stopped = Date.now();
  child.kill('SIGTERM');
  const left = await waitForEnd();
  for (const { id, command } of left) {
    console.error(`  still there ${END_MS / 1000} s after SIGTERM: ${id} ${command}`);
    process.kill(Number(id), 'SIGKILL');
    process.exitCode = 1;
  }
  if (left.length === 0) console.log(`  all ended ${((Date.now() - stopped) / 1000).toFixed(1)} s after SIGTERM`);
  rmSync(dataFolder, { recursive: true, force: true });
}
