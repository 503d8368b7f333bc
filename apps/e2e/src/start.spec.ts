import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobView } from '@switchyard/contract';
import { freePorts, mainOf, startApp, until, type AppProcess } from '@switchyard/stage';

const KEY = 'sk-start-0123456789abcdef';
const MAIN = mainOf('cli');

describe('switchyard start', () => {
  let folder: string;
  let port: number;
  let running: AppProcess | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(process.getuid?.() === 0 ? '/tmp' : tmpdir(), 'switchyard-start-'));
    [port = 0] = await freePorts(1);
  });
  afterAll(async () => {
    if (running?.running) await running.end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  }, 30_000);

  it('runs everything, keeps its jobs over a restart, starts a dead worker again and leaves nothing behind', async () => {
    running = await start();
    const job = await submit('kept over a restart', 1);
    const processes = descendants(running.pid);
    expect(processes.map(({ command }) => command).join('\n')).toMatch(/worker-custom/);

    await stop(running, processes);
    running = await start();
    const kept = await read(job.id);
    expect(kept).toMatchObject({ id: job.id, status: 'succeeded' });

    const worker = workerOf(running);
    process.kill(worker, 'SIGKILL');
    const supervisor = running;
    await until(
      'another worker',
      () => descendants(supervisor.pid).some(isOtherWorker(worker)),
      10_000,
      supervisor.output,
    );
    const after = await submit('after the crash', 0);
    expect(await read(after.id)).toMatchObject({ status: 'succeeded' });

    await stop(running, descendants(running.pid));
  }, 120_000);

  it('leaves nothing running when it is killed, and starts again with its jobs', async () => {
    running = await start();
    const job = await submit('kept over a kill', 1);
    const processes = descendants(running.pid);
    expect(processes.map(({ command }) => command).join('\n')).toMatch(/bin\/postgres[^]*worker-custom/);
    await running.end('SIGKILL');
    await until(
      'all gone',
      () => processes.every(({ pid }) => !isAlive(pid)),
      15_000,
      () => alive(processes),
    );

    running = await start();
    expect(await read(job.id)).toMatchObject({ id: job.id, status: 'succeeded' });
    await stop(running, descendants(running.pid));
  }, 120_000);

  it('ends when the npm that started it is killed', async () => {
    // The shell stands for npm, which waits for what it runs and cannot pass this signal on.
    const npm = spawn('/bin/sh', ['-c', '"$0" "$1" start & wait', process.execPath, MAIN], {
      env: { PATH: process.env['PATH'], npm_lifecycle_event: 'start', ...environment() },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    npm.stdout.on('data', (text: Buffer) => (printed += text.toString()));
    await until(
      'ready',
      () => /^ready /m.test(printed),
      40_000,
      () => printed,
    );
    const processes = descendants(npm.pid ?? 0);
    expect(processes.map(({ command }) => command).join('\n')).toMatch(/cli\/dist\/main[^]*worker-custom/);
    npm.kill('SIGKILL');
    await until(
      'all gone',
      () => processes.every(({ pid }) => !isAlive(pid)),
      15_000,
      () => alive(processes),
    );
  }, 60_000);

  it('lets its ledger be checked while it runs', async () => {
    running = await start();
    await submit('counted', 1);
    const check = startApp('cli', environment(), { parameters: ['ledger', 'check'] });
    expect(await check.ended).toEqual({ code: 0, signal: null });
    expect(check.output()).toMatch(/^The ledger balances: [1-9]/);
    await stop(running, descendants(running.pid));
  }, 90_000);

  it('says in one line that its port is taken, and starts nothing', async () => {
    running = await start();
    const second = startApp('cli', environment(), { parameters: ['start'] });
    await until('the second has ended', () => !second.running, 20_000, second.output);
    expect(await second.end('SIGTERM')).toBe(1);
    expect(second.output().trim().split('\n')).toHaveLength(1);
    expect(second.output()).toContain(String(port));
    await stop(running, descendants(running.pid));
  }, 60_000);

  function environment(): NodeJS.ProcessEnv {
    return { PORT: String(port), DATA_DIR: join(folder, 'data'), SWITCHYARD_ADMIN_KEY: KEY };
  }

  async function start(): Promise<AppProcess> {
    const app = startApp('cli', environment(), { parameters: ['start'] });
    const ready = new RegExp(`^ready http://127\\.0\\.0\\.1:${port}$`, 'm');
    await until('ready', () => ready.test(app.output()), 40_000, app.output);
    return app;
  }

  async function stop(app: AppProcess, processes: readonly Descendant[]): Promise<void> {
    const toldAt = Date.now();
    expect(await app.end('SIGTERM')).toBe(0);
    expect(app.output().match(/^Stopping…$/gm)).toHaveLength(1);
    await until('all processes gone', () => processes.every(({ pid }) => !isAlive(pid)), 10_000);
    expect(Date.now() - toldAt).toBeLessThan(10_000);
  }

  async function submit(prompt: string, delaySeconds: number): Promise<JobView> {
    return await ask('/v1/jobs', {
      method: 'POST',
      body: JSON.stringify({ type: 'generation', request: { prompt }, delaySeconds }),
    });
  }

  async function read(id: string): Promise<JobView> {
    return await ask(`/v1/jobs/${id}?waitSeconds=30`);
  }

  async function ask(path: string, init: RequestInit = {}): Promise<JobView> {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers });
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as JobView;
  }
});

/** Whether there is a process with this number. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

interface Descendant {
  readonly pid: number;
  readonly command: string;
}

/** The processes that a process has started, and theirs, with the database's server. */
function descendants(root: number): Descendant[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, pid, parent, command = '']) => ({ pid: Number(pid), parent: Number(parent), command }));
  const found: Descendant[] = [];
  const parents = new Set([root]);
  for (let before = -1; before !== parents.size;) {
    before = parents.size;
    for (const { pid, parent } of rows) if (parents.has(parent)) parents.add(pid);
  }
  for (const { pid, command } of rows)
    if (pid !== root && parents.has(pid) && !command.startsWith('ps ')) found.push({ pid, command });
  return found;
}

/** Those that are still there, in words. */
function alive(processes: readonly Descendant[]): string {
  return processes
    .filter(({ pid }) => isAlive(pid))
    .map(({ pid, command }) => `${pid} ${command}`)
    .join('; ');
}

function workerOf(app: AppProcess): number {
  const worker = descendants(app.pid).find(({ command }) => command.includes('worker-custom'));
  if (!worker) throw new Error('No worker runs.');
  return worker.pid;
}

function isOtherWorker(dead: number): (process: Descendant) => boolean {
  return ({ pid, command }) => pid !== dead && command.includes('worker-custom');
}
