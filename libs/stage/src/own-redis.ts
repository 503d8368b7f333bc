import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePorts } from './free-ports.js';
import { until } from './until.js';

const START_LIMIT_MS = 10_000;

/** A Redis server of one's own. */
export interface OwnRedis {
  readonly port: number;
  readonly url: string;
  /** Of the server as it runs now. */
  readonly pid: number | undefined;
  /** Sends one command, such as `FLUSHALL`. @returns the first line of the answer. */
  command(line: string): Promise<string>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again where it was. @param keepsData with what it had written to its disk, or empty */
  startAgain(keepsData: boolean): Promise<void>;
  /** Ends it and deletes what it wrote. */
  stop(): Promise<void>;
}

/** Starts a server. @param persistent writes what it holds to its disk, so that it can be started again with it */
export async function startRedis({ persistent = false } = {}): Promise<OwnRedis> {
  const [port = 0] = await freePorts(1);
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-redis-'));
  const settings = { bind: '127.0.0.1', port, dir: folder, save: '', appendonly: persistent ? 'yes' : 'no' };
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  let server: ChildProcess | undefined;

  const command = async (line: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    socket.end(`${line}\r\n`);
    let answer = '';
    for await (const data of socket) answer += String(data);
    return answer.split('\r\n', 1)[0] ?? '';
  };
  const start = async (): Promise<void> => {
    server = spawn(findServer(), words, { stdio: 'ignore' });
    await until('redis answers', async () => (await command('PING').catch(() => '')) === '+PONG', START_LIMIT_MS);
  };
  const kill = async (): Promise<void> => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const closed = once(server, 'close');
    server.kill('SIGKILL');
    await closed;
  };
  const stop = async (): Promise<void> => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return server?.pid;
    },
    command,
    kill,
    async startAgain(keepsData) {
      if (!keepsData)
        for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
      await start();
    },
    stop,
  };
}

function findServer(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = ['redis-server', 'valkey-server']
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error('There is no redis-server or valkey-server on the PATH; install one.');
  return found;
}
