import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { until } from './poll.js';

const program = ['redis-server', 'valkey-server']
  .flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path));

/** Describes what needs a Redis of its own; skipped by name where no server is installed. */
export const describeOwnRedis = program === undefined ? describe.skip : describe;

/** A Redis of the spec's own, to kill and to start again. It keeps nothing. */
export class RedisServer {
  #child: ChildProcess | undefined;
  readonly #folder = mkdtempSync(join(tmpdir(), 'switchyard-queue-'));

  private constructor(
    readonly port: number,
    private readonly settings: readonly string[],
  ) {}

  static async start(...settings: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), settings);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${String(this.port)}`;
  }

  async start(): Promise<void> {
    // A Sentinel wants a file to keep its state in.
    const file = join(this.#folder, 'redis.conf');
    writeFileSync(file, '');
    const common = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.#folder, '--save', ''];
    this.#child = spawn(program ?? 'redis-server', [file, ...common, ...this.settings], { stdio: 'ignore' });
    await until(async () => /^(\+PONG|-NOAUTH)/.test(await this.command('PING')));
  }

  async kill(): Promise<void> {
    if (this.#child?.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  /** Stops answering without closing a connection, as a machine cut off from the net does. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Sends one inline command. @returns the beginning of the answer; nothing where there is no server. */
  command(text: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1', () => socket.write(`${text}\r\n`));
      const finish = (answer: string): void => {
        socket.destroy();
        resolve(answer);
      };
      socket.once('data', (data) => finish(data.toString()));
      socket.once('error', () => finish(''));
    });
  }

  async remove(): Promise<void> {
    this.thaw();
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
