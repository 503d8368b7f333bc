import { spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
/** Of what a process prints, the end is kept. */
const KEPT_CHARACTERS = 1_000_000;

/** How a process ended: by itself with a status, or by a signal. */
export interface AppExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A built app in a process of its own. */
export interface AppProcess {
  readonly pid: number;
  readonly running: boolean;
  /** Resolves when it has ended, for whatever cause. */
  readonly ended: Promise<AppExit>;
  /** The last megabyte that it has printed, both streams. */
  output(): string;
  /** Sends a signal and resolves with the exit status when it has ended. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export interface AppOptions {
  readonly parameters?: readonly string[];
  /** For Node itself, before the app's file; its threads get them too. */
  readonly nodeArguments?: readonly string[];
  /** Ends with this process, however this one ends. Default false. */
  readonly supervised?: boolean;
}

/** The file that starts a built app. */
export function mainOf(app: string): string {
  return join(ROOT, 'apps', app, 'dist/main.js');
}

/** Starts `apps/<app>/dist/main.js` with just this environment. */
export function startApp(app: string, env: NodeJS.ProcessEnv, options: AppOptions = {}): AppProcess {
  const { parameters = [], nodeArguments = [], supervised = false } = options;
  const child = spawn(process.execPath, [...nodeArguments, mainOf(app), ...parameters], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ...(supervised ? { SWITCHYARD_SUPERVISED: '1' } : {}),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', ...(supervised ? (['ipc'] as const) : [])],
  });
  let printed = '';
  const keep = (text: Buffer): void => {
    printed = (printed + text.toString()).slice(-KEPT_CHARACTERS);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const ended = new Promise<AppExit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  if (child.pid === undefined) throw new Error(`${app} could not be started.`);
  return {
    pid: child.pid,
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    ended,
    output: () => printed,
    async end(signal) {
      child.kill(signal);
      return (await ended).code;
    },
  };
}
