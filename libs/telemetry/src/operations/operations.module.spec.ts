import 'reflect-metadata';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { closeHttpApp, createHttpApp, listen } from '../http/create-http-app.js';
import { createLogger } from '../logging/logger.js';
import { createMetrics } from '../metrics/metrics.js';
import { Draining } from './draining.js';
import { OperationsModule } from './operations.module.js';
import type { ReadinessCheck } from './readiness.js';

let app: NestFastifyApplication;
let address: string;
let written: string[];

async function start(readiness: readonly ReadinessCheck[]): Promise<void> {
  written = [];
  const logger = createLogger({ name: 'courier', destination: { write: (line) => written.push(line) } });
  const metrics = createMetrics({ app: 'courier' });
  @Module({ imports: [OperationsModule.forRoot({ readiness, metrics, logger })] })
  class CourierModule {}
  app = await createHttpApp(CourierModule, { logger });
  address = await listen(app, { host: '127.0.0.1', port: 0 });
}

afterEach(() => closeHttpApp(app, 100));

async function get(path: string): Promise<{ status: number; type: string | null; text: string }> {
  const response = await fetch(address + path);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

describe('OperationsModule', () => {
  it('is alive and ready, and shows its metrics', async () => {
    await start([{ name: 'database', check: async () => {} }]);
    expect(await get('/health/live')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
    const ready = await get('/health/ready');
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.text)).toMatchObject({ status: 'ok', info: { database: { status: 'up' } } });
    const metrics = await get('/metrics');
    expect(metrics).toMatchObject({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
    expect(metrics.text).toContain('process_cpu_seconds_total');
  });

  it('names the failing check with its code and nothing of the address; the log has the rest, once', async () => {
    const refusal = Object.assign(new Error('connect postgres://u:canary@db:5432 refused'), { code: 'ECONNREFUSED' });
    let failing = true;
    await start([
      {
        name: 'database',
        check: async () => {
          if (failing) throw refusal;
        },
      },
      { name: 'queue', check: async () => {} },
    ]);
    const [first] = await Promise.all([get('/health/ready'), get('/health/ready')]);
    expect(first.status).toBe(503);
    expect(JSON.parse(first.text)).toMatchObject({
      status: 'error',
      error: { database: { status: 'down', message: 'failed (ECONNREFUSED)' } },
      info: { queue: { status: 'up' } },
    });
    expect(first.text).not.toContain('postgres');
    expect((await get('/health/live')).status).toBe(200);
    failing = false;
    let status = 503;
    for (const until = Date.now() + 5_000; status !== 200 && Date.now() < until;)
      ({ status } = await get('/health/ready'));
    expect(status).toBe(200);
    const lines = written.map((line) => JSON.parse(line)).filter(({ module }) => module === 'operations');
    expect(lines).toMatchObject([
      {
        level: 'warn',
        check: 'database',
        error: { code: 'ECONNREFUSED', message: 'connect postgres://***@db:5432 refused' },
      },
      { level: 'info', check: 'database' },
    ]);
    expect(written.join('')).not.toContain('canary');
  });

  it('does not wait longer than two seconds for a check, and aborts it', async () => {
    let aborted = false;
    const check = (signal: AbortSignal): Promise<void> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(new Error('too late'));
        });
      });
    await start([{ name: 'hanging', check }]);
    const began = Date.now();
    const { status, text } = await get('/health/ready');
    expect(status).toBe(503);
    expect(JSON.parse(text).error).toHaveProperty('hanging');
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(aborted).toBe(true);
  });

  it('is not ready any more once it drains', async () => {
    await start([]);
    expect((await get('/health/ready')).status).toBe(200);
    app.get(Draining).begin();
    const { status, text } = await get('/health/ready');
    expect(status).toBe(503);
    expect(JSON.parse(text).error).toMatchObject({ draining: { status: 'down' } });
  });

  it('says in one line that its port is taken', async () => {
    await start([]);
    const logger = createLogger({ name: 'second', level: 'silent' });
    const second = await createHttpApp(class Empty {}, { logger });
    const port = Number(new URL(address).port);
    await expect(listen(second, { host: '127.0.0.1', port })).rejects.toThrow(
      new RegExp(`^127\\.0\\.0\\.1:${port} is taken by another process`),
    );
    await second.close();
  });

  it('closes without waiting for connections that carry nothing', async () => {
    await start([]);
    await get('/health/live');
    const unused = connect(Number(new URL(address).port), '127.0.0.1');
    await once(unused, 'connect');
    // An answer on another connection shows that the server has seen this one.
    await get('/health/live');
    const began = Date.now();
    await closeHttpApp(app, 10_000);
    expect(Date.now() - began).toBeLessThan(2_000);
    unused.destroy();
    await start([]);
  });

  it('refuses two checks of one name', async () => {
    const check = async (): Promise<void> => {};
    await start([]);
    const metrics = createMetrics({ app: 'x' });
    const twice = OperationsModule.forRoot({
      readiness: [
        { name: 'a', check },
        { name: 'a', check },
      ],
      metrics,
    });
    const logger = createLogger({ name: 'x', level: 'silent' });
    const refused = createHttpApp(twice, { logger }).then((created) => created.init());
    await expect(refused).rejects.toThrow(/named "a"/);
    metrics.close();
  });
});
