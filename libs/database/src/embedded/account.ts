import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** A user of this machine as whom the server runs, because it refuses to run as root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface CommandResult {
  /** Null when the program could not be started or was ended by a signal. */
  readonly code: number | null;
  /** What it wrote, or why it could not be started. */
  readonly output: string;
}

const COMMAND_LIMIT_MS = 60_000;
const PREFERRED = ['postgres', '_postgres', 'nobody'];

/** @returns undefined where this process is not root's: then the server runs as the same user. */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const name of PREFERRED) {
    const fields = users
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.split(':');
    const uid = Number(fields?.[2]);
    const gid = Number(fields?.[3]);
    if (fields && uid > 0 && gid > 0) return { uid, gid };
  }
  return { uid: 65534, gid: 65534 };
}

/** What the server and its tools see of the environment: nothing that would steer them, such as PGDATA. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LANG: 'C', LC_ALL: 'C', TZ: 'UTC' };
}

/** Runs a program to its end as that account, for at most a minute. Never rejects. */
export async function runAs(
  account: Account | undefined,
  file: string,
  parameters: readonly string[],
): Promise<CommandResult> {
  return await new Promise((resolve) => {
    let output = '';
    const child = spawn(file, parameters, {
      ...account,
      cwd: '/',
      env: serverEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: COMMAND_LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', (error) => resolve({ code: null, output: error.message }));
    child.on('close', (code) => resolve({ code, output: output.trim() }));
  });
}

/** Whether that account may go to a folder and write in it, tried and not reckoned from modes. */
export async function mayWrite(account: Account | undefined, folder: string): Promise<boolean> {
  const script = 'cd "$1" && : > .probe && rm .probe';
  return (await runAs(account, '/bin/sh', ['-c', script, 'sh', folder])).code === 0;
}
