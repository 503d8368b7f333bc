import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { existsSync } from 'node:fs';
import { freePorts, until } from './child-process.js';

/** A Redis server for one spec alone. */
export interface OwnRedis {
  readonly url: string;
  /** Sends one command, such as `FLUSHALL`. @returns the first line of the answer. */
  command(line: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a server that keeps nothing on disk. */
export async function startRedis(): Promise<OwnRedis> {
  const [port = 0] = await freePorts(1);
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-e2e-redis-'));
  const server = spawn(
    findServer(),
    ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no'],
    { stdio: 'ignore' },
  );
  const command = async (line: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    socket.end(`${line}\r\n`);
    let answer = '';
    for await (const data of socket) answer += String(data);
    return answer.split('\r\n', 1)[0] ?? '';
  };
  await until('redis answers', async () => (await command('PING').catch(() => '')) === '+PONG', 10_000);
  return {
    url: `redis://127.0.0.1:${port}`,
    command,
    async stop() {
      const closed = once(server, 'close');
      server.kill('SIGKILL');
      await closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function findServer(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = ['redis-server', 'valkey-server']
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error('There is no redis-server here.');
  return found;
}
