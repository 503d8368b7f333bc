import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** One of the product's apps, as a process to start. */
export interface AppCommand {
  readonly name: string;
  /** The file that Node runs. */
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
}

/** How a process ended. */
export interface AppExit {
  /** In words, such as "exit code 1" or "SIGKILL". */
  readonly cause: string;
  /** The last that it wrote to its standard error; empty when it wrote nothing. */
  readonly lastWords: string;
}

/** A process that was started once. */
export interface AppProcess {
  readonly pid: number | undefined;
  readonly ended: Promise<AppExit>;
  signal(signal: NodeJS.Signals): void;
}

/** For what it wrote at its end to arrive. */
const LAST_WORDS_MS = 500;

/**
 * Starts an app. It stands in a group of its own, so that Ctrl-C reaches only its parent, which ends things in order;
 * and it holds a channel to its parent, whose closing tells it that the parent is gone.
 */
export function startApp(command: AppCommand, onLine: (text: string) => void): AppProcess {
  const child = spawn(process.execPath, [command.script], {
    cwd: command.workingDirectory,
    env: { ...command.env, SWITCHYARD_SUPERVISED: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  let lastWords = '';
  readLines(child.stdout, onLine);
  readLines(child.stderr, (text) => {
    if (text.trim() !== '') lastWords = text;
    onLine(text);
  });
  const ended = new Promise<AppExit>((resolve) => {
    child.once('error', (error) => resolve({ cause: error.message, lastWords }));
    child.once('exit', (code, signal) => {
      const end = (): void => resolve({ cause: signal ?? `exit code ${code ?? 'unknown'}`, lastWords });
      child.once('close', end);
      // Something that it started may hold its output open for good.
      setTimeout(end, LAST_WORDS_MS).unref();
    });
  });
  return { pid: child.pid, ended, signal: (signal) => void child.kill(signal) };
}

function readLines(stream: ChildProcess['stdout'], onLine: (text: string) => void): void {
  if (stream) createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine);
}
