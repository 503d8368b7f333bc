import { spawn, type ChildProcess } from 'node:child_process';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverEnvironment } from './account.js';
import type { Binaries } from './binaries.js';
import type { DataPlace } from './data-place.js';
import { EmbeddedPostgresError, unlessMissing } from './faults.js';
import { guardServer } from './guard-server.js';
import { isServerOf, recordedServer } from './process-identity.js';
import type { ServerSettings } from './server-settings.js';

export interface ServerOptions {
  readonly binaries: Binaries;
  readonly place: DataPlace;
  readonly port: number;
  readonly settings: ServerSettings;
  readonly logFile: string;
  readonly signal: AbortSignal | undefined;
}

/** A server that takes connections. */
export interface RunningServer {
  readonly pid: number;
  /** Resolves when it has ended, for whatever cause. */
  readonly ended: Promise<void>;
  /** Asked before each signal, so that none goes to another process that has its number by then. */
  hasEnded(): Promise<boolean>;
}

/** The server ended before it was ready; `log` is what it wrote. */
export class ServerStartError extends Error {
  constructor(readonly log: string) {
    const fault = log.split('\n').find((line) => /FATAL|PANIC/.test(line)) ?? log.split('\n').at(-1) ?? '';
    super(fault.replace(/^.*?(?:FATAL|PANIC):\s*/, '') || 'it did not say why');
  }
}

/** Recovery after a crash may have to read all of `max_wal_size`. */
const READY_LIMIT_MS = 120_000;
const POLL_MS = 10;
const STOP_LIMIT_MS = 8_000;
const KILL_AFTER_MS = 3_000;
const MAX_LOG_BYTES = 1_000_000;
const LONGEST_SOCKET_PATH = 90;

/**
 * Starts the server apart from this terminal, so that Ctrl-C reaches the apps and not the database below them. It ends
 * soon after this process, whatever ends that.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { account, cluster } = options.place;
  const log = await openLog(options.logFile);
  const logStart = (await log.stat()).size;
  let child: ChildProcess;
  try {
    child = spawn(join(options.binaries.directory, 'bin', 'postgres'), serverParameters(options), {
      ...account,
      cwd: '/',
      detached: true,
      env: serverEnvironment(),
      stdio: ['ignore', log.fd, log.fd],
    });
  } finally {
    await log.close();
  }
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  child.unref();
  const { pid } = child;
  const hasEnded = async (): Promise<boolean> => child.exitCode !== null || child.signalCode !== null;
  if (pid === undefined) throw new EmbeddedPostgresError('The embedded Postgres could not be started as its account.');

  void ended.then(guardServer(pid));
  const server: RunningServer = { pid, ended, hasEnded };
  const deadline = Date.now() + READY_LIMIT_MS;
  while (!(await isReady(cluster, pid))) {
    if (await hasEnded()) {
      throw new ServerStartError((await readFile(options.logFile)).subarray(logStart).toString('utf8').trim());
    }
    if (options.signal?.aborted === true || Date.now() >= deadline) {
      await stopServer(server, 0);
      options.signal?.throwIfAborted();
      throw new EmbeddedPostgresError(`The embedded Postgres was not ready in time; see ${options.logFile}.`);
    }
    await sleep(POLL_MS);
  }
  return server;
}

/** Where clients on this machine find the server's socket; undefined where the path is too long for one. */
export function socketFolder({ cluster }: DataPlace): string | undefined {
  return Buffer.byteLength(cluster) <= LONGEST_SOCKET_PATH ? cluster : undefined;
}

/**
 * Stops a server: clients are cut off and what is committed is written out; past the limit it is ended at once,
 * and recovers at its next start.
 */
export async function stopServer(server: RunningServer, limitMs = STOP_LIMIT_MS): Promise<void> {
  for (const [signal, milliseconds] of [
    ['SIGINT', limitMs],
    ['SIGQUIT', KILL_AFTER_MS],
    ['SIGKILL', KILL_AFTER_MS],
  ] as const) {
    if (milliseconds === 0) continue;
    if (await server.hasEnded()) return;
    process.kill(server.pid, signal);
    const timer = new AbortController();
    const late = sleep(milliseconds, 'late', { signal: timer.signal }).catch(() => 'late');
    const outcome = await Promise.race([server.ended, late]);
    timer.abort();
    if (outcome !== 'late') return;
  }
}

/** @returns the server of a cluster that another process started, if there is one */
export async function foundServer(cluster: string): Promise<RunningServer | undefined> {
  const pid = await recordedServer(cluster);
  if (pid === undefined || !(await isServerOf(pid, cluster))) return undefined;
  const hasEnded = async (): Promise<boolean> => !(await isServerOf(pid, cluster));
  const end = async (): Promise<void> => {
    while (!(await hasEnded())) await sleep(POLL_MS);
  };
  return { pid, ended: end(), hasEnded };
}

/** The eighth line of `postmaster.pid` says what the server is about. */
async function isReady(cluster: string, pid: number): Promise<boolean> {
  const lines = (await unlessMissing(readFile(join(cluster, 'postmaster.pid'), 'utf8')))?.split('\n');
  return Number(lines?.[0]) === pid && lines?.[7]?.trim() === 'ready';
}

function serverParameters({ place, port, settings }: ServerOptions): string[] {
  const all = { ...settings, port: String(port), unix_socket_directories: socketFolder(place) ?? '' };
  return ['-D', place.cluster, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** Keeps the log of the last starts and no more. */
async function openLog(path: string): ReturnType<typeof open> {
  const size = (await unlessMissing(stat(path)))?.size ?? 0;
  if (size > MAX_LOG_BYTES) await rename(path, `${path}.1`);
  const log = await open(path, 'a', 0o600);
  const folder = await stat(dirname(path));
  // Root may have been lent another user's folder, who starts there again later.
  if (process.getuid?.() === 0) await log.chown(folder.uid, folder.gid);
  return log;
}
