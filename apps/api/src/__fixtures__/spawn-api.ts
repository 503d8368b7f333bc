import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The built API as a process of its own. */
export interface SpawnedApi {
  /** What it has written to its standard error, line by line. */
  readonly errors: readonly string[];
  /** Emits `line` for each line of its standard output. */
  readonly lines: EventEmitter;
  /** What it has written at all, as text. */
  readonly output: () => string;
  /** Resolves with its address when it listens; rejects when it ends before. */
  readonly listening: Promise<string>;
  /** Its exit code, or the signal that ended it, and after how long. */
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: string | null;
    readonly milliseconds: number;
  }>;
  signal(signal: NodeJS.Signals): void;
  /** Closes the channel to its parent. */
  disconnect(): void;
}

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Starts it with this environment and no other. @param supervised with a channel to its parent */
export function spawnApi(env: NodeJS.ProcessEnv, { supervised = false } = {}): SpawnedApi {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [MAIN], {
    cwd: '/',
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe', supervised ? 'ipc' : 'ignore'],
  });
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('The process has no output.');
  const written: string[] = [];
  const lines = new EventEmitter();
  const errors: string[] = [];
  // Not `close`: after a disconnect it does not come.
  const read = Promise.all([once(stdout, 'close'), once(stderr, 'close')]);
  const ended = once(child, 'exit').then(async ([code, signal]: (number | string | null)[]) => {
    const milliseconds = performance.now() - startedAt;
    await read;
    return {
      code: typeof code === 'number' ? code : null,
      signal: typeof signal === 'string' ? signal : null,
      milliseconds,
    };
  });
  const listening = new Promise<string>((resolve, reject) => {
    createInterface(stdout).on('line', (line) => {
      written.push(line);
      lines.emit('line', line);
      const address = /"address":"([^"]+)","message":"listening"/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
    void ended.then(() => reject(new Error(`The API ended: ${errors.join(' | ')}`)));
  });
  listening.catch(() => undefined);
  createInterface(stderr).on('line', (line) => errors.push(line));
  return {
    errors,
    lines,
    output: () => [...written, ...errors].join('\n'),
    listening,
    ended,
    signal: (signal) => void child.kill(signal),
    disconnect: () => child.disconnect(),
  };
}
