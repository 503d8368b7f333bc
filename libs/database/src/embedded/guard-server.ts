import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * Waits for the pipe to close; then lets those clients finish that are still there (SIGTERM), and cuts them off after
 * ten seconds (SIGINT). A child of ours that is told to stop takes no longer.
 */
const SCRIPT = `read -r line
kill -TERM "$1"
for second in 1 2 3 4 5 6 7 8 9 10; do sleep 1; kill -0 "$1" || exit 0; done
kill -INT "$1"`;

/**
 * Has the server stopped when this process ends without having stopped it, were it by SIGKILL: its end closes a pipe that
 * a shell waits on.
 * @returns what calls that off; to be called when the server has ended.
 */
export function guardServer(pid: number): () => void {
  // A session of its own, which no signal to this process's group reaches.
  const guard = spawn('/bin/sh', ['-c', SCRIPT, 'switchyard-guard', String(pid)], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => undefined);
  guard.unref();
  if (guard.stdin instanceof Socket) guard.stdin.unref();
  return () => void guard.kill('SIGKILL');
}
