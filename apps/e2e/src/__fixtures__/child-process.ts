import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../../..');

/** A built app in a process of its own. */
export interface AppProcess {
  readonly pid: number;
  /** Everything it has printed, both streams. */
  output(): string;
  /** Resolves with the exit status; null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Sends a signal and resolves with the exit status when it has ended. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** The file that starts a built app. */
export function mainOf(app: string): string {
  return join(ROOT, 'apps', app, 'dist/main.js');
}

/** Starts `apps/<app>/dist/main.js` with just this environment. */
export function startApp(app: string, env: NodeJS.ProcessEnv, parameters: readonly string[] = []): AppProcess {
  const child: ChildProcess = spawn(process.execPath, [mainOf(app), ...parameters], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stdout?.on('data', (text: Buffer) => (printed += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (printed += text.toString()));
  const ended = once(child, 'close').then(() => child.exitCode);
  if (child.pid === undefined) throw new Error(`${app} could not be started.`);
  return {
    pid: child.pid,
    output: () => printed,
    ended,
    async end(signal) {
      child.kill(signal);
      return await ended;
    },
  };
}

/** Polls until the condition holds. @throws Error that names what was waited for, with what `explain` says. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs: number,
  explain: () => string = () => '',
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`After ${limitMs} ms still not: ${what}. ${explain()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Free ports of the loopback, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  return await Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      server.close();
      await once(server, 'close');
      if (typeof address !== 'object' || !address) throw new Error('The system gave no port.');
      return address.port;
    }),
  );
}
