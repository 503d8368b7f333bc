import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfiguration, syncTenants } from '@switchyard/config';
import { changeEntries } from '@switchyard/config/launch';
import { createTestDatabase } from '@switchyard/database/testing';
import type { LogSink } from '../output/log-sink.js';
import { requirePort } from './choose-ports.js';
import { startEverything, type Everything } from './start-everything.js';

interface Happening {
  readonly name: string;
  readonly pid: number;
  readonly event: 'start' | 'end';
  readonly cause?: string;
  readonly port?: number;
  readonly environment?: readonly string[];
}

const FAKE_APP = resolve(import.meta.dirname, '..', '__fixtures__', 'fake-app.mjs');
const HOST = '127.0.0.1';

let folder: string;
let env: NodeJS.ProcessEnv;
let lines: string[];
let everything: Everything | undefined;
let hurry: AbortController;
let neighbour: Server | undefined;

const sink: LogSink = { line: (app, text) => void lines.push(`${app} ${text}`) };

async function writeApps(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await mkdir(join(folder, 'apps', name, 'dist'), { recursive: true });
    await writeFile(join(folder, 'apps', name, 'dist', 'main.js'), `import ${JSON.stringify(FAKE_APP)};\n`);
  }
}

const start = async (more: NodeJS.ProcessEnv = {}): Promise<Everything> => {
  everything = await startEverything({
    env: { ...env, ...more },
    sink,
    signal: new AbortController().signal,
    hurry: hurry.signal,
    workingDirectory: folder,
    appsDirectory: join(folder, 'apps'),
  });
  return everything;
};

async function journal(): Promise<Happening[]> {
  if (!existsSync(join(folder, 'journal'))) return [];
  const text = await readFile(join(folder, 'journal'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Happening);
}

beforeEach(async () => {
  folder = await mkdtemp('/tmp/switchyard-start-');
  await chmod(folder, 0o755);
  await writeApps('api', 'courier', 'simulator', 'worker-custom', 'worker-openai');
  lines = [];
  hurry = new AbortController();
  const port = await freeBlock();
  env = { PATH: process.env['PATH'], HOST, PORT: String(port), FAKE_JOURNAL: join(folder, 'journal') };
});

afterEach(async () => {
  neighbour?.close();
  await everything?.stop();
  everything = undefined;
  await rm(folder, { recursive: true, force: true });
}, 20_000);

describe('startEverything', () => {
  it('starts what the built-in configuration needs, each with what it may know, and stops it in order', async () => {
    const { url, madeAdminKey, stop } = await start();
    expect(url).toBe(`http://${HOST}:${env['PORT']}`);
    expect(madeAdminKey).toMatch(/^sk-[\w-]{43}$/);
    expect((await stat(join(folder, '.switchyard', 'secret'))).mode & 0o077).toBe(0);

    const started = new Map((await journal()).map((happening) => [happening.name, happening]));
    const base = Number(env['PORT']) + 100;
    expect([...started.keys()].sort()).toEqual(['api', 'courier', 'simulator', 'worker-custom']);
    expect(started.get('courier')?.port).toBe(base);
    expect(started.get('simulator')?.port).toBe(base + 1);
    expect(started.get('worker-custom')?.port).toBe(base + 20);
    const known = ['DATABASE_URL', 'SIMULATOR_PORT', 'SWITCHYARD_SECRET', 'SWITCHYARD_SUPERVISED'];
    expect(started.get('api')?.environment).toEqual([...known, 'SWITCHYARD_ADMIN_KEY'].sort());
    expect(started.get('worker-custom')?.environment).toEqual(known);
    expect(started.get('simulator')?.environment).toEqual(['SIMULATOR_PORT', 'SWITCHYARD_SUPERVISED']);

    await stop();
    const ended = (await journal()).filter(({ event }) => event === 'end');
    expect(ended.map(({ name }) => name)).toEqual(['worker-custom', 'api', 'courier', 'simulator']);
    expect(ended.every(({ cause }) => cause === 'SIGTERM')).toBe(true);
  }, 60_000);

  it('starts an app again that ends, and kills one that does not end when it is told to hurry', async () => {
    const { url, stop } = await start({ FAKE_STUBBORN: 'worker-custom' });
    const first = (await journal()).find(({ name }) => name === 'api');
    await fetch(`${url}/crash`).catch(() => undefined);
    let second: Happening | undefined;
    for (let tries = 0; tries < 100 && !second; tries += 1) {
      await sleep(50);
      second = (await journal()).find(({ name, pid }) => name === 'api' && pid !== first?.pid);
    }
    expect(second).toBeDefined();
    expect(lines.some((line) => line.includes('api ended; it is started again in 1 s'))).toBe(true);

    const began = performance.now();
    const stopping = stop();
    hurry.abort();
    await stopping;
    expect(performance.now() - began).toBeLessThan(3_000);
  }, 60_000);

  it('serves with what starts, and says what does not', async () => {
    const yaml =
      'providers:\n  simulator: {}\n  openai: { apiKey: sk-test-0123456789 }\n  groq: { apiKey: gsk-0123456789 }\nmodels: []\n';
    await writeFile(join(folder, 'switchyard.yaml'), yaml);
    await start({ FAKE_BROKEN: 'worker-openai' });
    expect(
      lines.some((line) => /worker-openai does not start \(exit code 1\)\. worker-openai: it is broken/.test(line)),
    ).toBe(true);
    expect(lines.some((line) => line.includes('This build has no worker-groq: jobs of groq wait'))).toBe(true);
  }, 60_000);

  it('leaves a taken default port aside, and refuses a taken one that was named', async () => {
    const base = Number(env['PORT']) + 100;
    neighbour = createServer().listen(base + 20, HOST);
    await start();
    const worker = (await journal()).find(({ name }) => name === 'worker-custom');
    expect(worker?.port).not.toBe(base + 20);
    expect(lines.some((line) => line.includes(`Port ${base + 20} is taken; worker-custom answers`))).toBe(true);
    await everything?.stop();
    await expect(start({ APP_PORT_BASE: String(base) })).rejects.toThrow(
      `Port ${base + 20} of ${HOST} is taken by another process. Stop that one, or set APP_PORT_BASE.`,
    );
  }, 60_000);

  it('says once, and of nothing else, that what was changed while it ran does not fit its file any more', async () => {
    const test = await createTestDatabase();
    try {
      const path = join(folder, 'switchyard.yaml');
      await writeFile(path, 'tenants: { globex: {} }');
      const file = await loadConfiguration({ path, explicit: true, env: {} });
      const secrets = { secret: 'a secret of more than 32 bytes, for specs', adminKey: 'sk-admin-0123456789abcdef' };
      await syncTenants(test.database, file, secrets);
      const change = {
        collection: 'budgets',
        name: 'b',
        kind: 'put',
        body: { tenant: 'globex', dailyLimit: '5' },
      } as const;
      await changeEntries({ database: test.database, file, secrets }, [change], { by: 'ops', requestId: 'spec' });
      await writeFile(path, 'providers: { simulator: {} }');
      neighbour = createServer().listen(Number(env['PORT']) + 100, HOST);
      const told = start({ DATABASE_URL: test.url, SWITCHYARD_SECRET: secrets.secret });
      await expect(told).rejects.toThrow(
        /^overlay: budgets\/b, tenant: no tenant is named "globex".*\n.*overlay drop budgets\/b$/,
      );
      expect(lines.filter((line) => line.includes('is taken'))).toEqual([]);
      expect(await journal()).toEqual([]);
    } finally {
      await test.drop();
    }
  }, 60_000);

  it('starts the worker of a provider that is added while it runs, and has it at the next start', async () => {
    const test = await createTestDatabase();
    try {
      const path = join(folder, 'switchyard.yaml');
      await writeFile(path, 'providers: { simulator: {} }');
      const secrets = { secret: 'a secret of more than 32 bytes, for specs', adminKey: 'sk-admin-0123456789abcdef' };
      const named = { DATABASE_URL: test.url, SWITCHYARD_SECRET: secrets.secret };
      await start(named);
      const file = await loadConfiguration({ path, explicit: true, env: {} });
      await syncTenants(test.database, file, secrets);
      const body = { apiKey: 'sk-test-0123456789' };
      const change = { collection: 'providers', name: 'openai', kind: 'put', body } as const;
      await changeEntries({ database: test.database, file, secrets }, [change], { by: 'ops', requestId: 'spec' });
      const workers = async (): Promise<Happening[]> =>
        (await journal()).filter(({ name, event }) => name === 'worker-openai' && event === 'start');
      while ((await workers()).length === 0) await test.database.ping();
      expect(lines.some((line) => line.includes('worker-openai is started, which the configuration needs now'))).toBe(
        true,
      );
      await everything?.stop();
      expect((await journal()).filter(({ name, event }) => name === 'worker-openai' && event === 'end')).toHaveLength(
        1,
      );
      await start(named);
      expect(await workers()).toHaveLength(2);
    } finally {
      await everything?.stop();
      everything = undefined;
      await test.drop();
    }
  }, 60_000);

  it('leaves nothing behind when it cannot start', async () => {
    neighbour = createServer().listen(Number(env['PORT']), HOST);
    await expect(start()).rejects.toThrow(
      /^Port \d+ of 127\.0\.0\.1 is taken by another process\. Stop that one, or set PORT\.$/,
    );
    neighbour.close();
    expect(existsSync(join(folder, '.switchyard'))).toBe(false);

    await expect(start({ DATABASE_URL: 'postgres://x:y@127.0.0.1:1/x' })).rejects.toThrow(
      'SWITCHYARD_SECRET must be set',
    );
    await expect(start({ FAKE_BROKEN: 'api' })).rejects.toThrow('api does not start (exit code 1). api: it is broken');
    const alive = (await journal()).filter(({ pid }) => existsSync(`/proc/${pid}`));
    expect(alive).toEqual([]);
    expect(existsSync(join(folder, '.switchyard', 'postgres', 'cluster', 'postmaster.pid'))).toBe(false);
  }, 60_000);
});

/** A port whose neighbours are free too that the other processes take; below those that the system gives away. */
async function freeBlock(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    const wanted = [0, 100, 101, 110, 120].map((offset) => requirePort(HOST, port + offset, 'PORT'));
    if ((await Promise.allSettled(wanted)).every(({ status }) => status === 'fulfilled')) return port;
  }
  throw new Error('No block of ports is free.');
}
