import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const NAMES = ['redis-server', 'valkey-server'];

/** Ends the server when this process ends, however it ends: its standard input is a pipe that closes with us. */
const WATCHED = '"$0" "$@" & server=$!; cat; kill -9 $server; wait';

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of a server on the PATH, or undefined. */
export function findRedisServer() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function freePort() {
  return new Promise((fulfil, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => fulfil(port));
    });
  });
}

function answersPing(port) {
  return new Promise((fulfil) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const end = (answer) => {
      socket.destroy();
      fulfil(answer);
    };
    socket.setTimeout(500, () => end(false));
    socket.once('error', () => end(false));
    socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
  });
}

/**
 * Starts a server that keeps nothing, on a free port of the loopback. Its 256 databases are for the specs, which run
 * side by side and each take one of their own.
 */
export async function startRedis(program) {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-redis-'));
  const port = await freePort();
  const settings = { bind: '127.0.0.1', port, dir: folder, databases: 256, save: '', appendonly: 'no' };
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn('sh', ['-c', WATCHED, program, ...words], { stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = new Promise((fulfil) => child.once('close', fulfil));

  async function stop() {
    child.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }

  const bound = Date.now() + 10_000;
  while (!(await answersPing(port))) {
    if (Date.now() > bound) {
      await stop();
      throw new Error(`${program} did not answer on port ${port} within 10 s.`);
    }
    await delay(20);
  }
  return { url: `redis://127.0.0.1:${port}`, stop };
}
