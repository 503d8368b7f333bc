import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { openProcess, prepareDatabase, type AppProcess, type Running } from '@switchyard/config';
import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import { createLogger } from '@switchyard/telemetry';
import { startCourier } from './start-courier.js';

interface Pool {
  query(text: string): Promise<{ rows: Record<string, unknown>[] }>;
}

async function freePort(): Promise<[number, Server]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return [typeof address === 'object' && address !== null ? address.port : 0, server];
}

describe('the courier', () => {
  let test: TestDatabase;
  let app: AppProcess;
  let courier: Running;
  let port: number;
  const lines: string[] = [];

  beforeAll(async () => {
    test = await createTestDatabase();
    await prepareDatabase({ database: test.url });
    const [free, server] = await freePort();
    port = free;
    server.close();
    const opened = await openProcess('courier', {
      DATABASE_URL: test.url,
      SWITCHYARD_SECRET: 'a secret for specs, of 32 bytes or more',
      APP_PORT_BASE: String(port),
    });
    app = {
      ...opened,
      logger: createLogger({ name: 'courier', destination: { write: (line) => void lines.push(line) } }),
    };
    await drop("select tablename from pg_tables where tablename like 'job\\_payloads\\_2%'");
    courier = await startCourier(app);
  }, 60_000);
  afterAll(async () => {
    await courier.stop();
    await app.close();
    await test.drop();
  });

  const query = async (text: string): Promise<Record<string, unknown>[]> =>
    (await (test.database.pool as Pool).query(text)).rows;

  async function drop(tables: string): Promise<void> {
    for (const { tablename } of await query(tables)) await query(`drop table ${String(tablename)}`);
  }

  /** Asks until the answer is as wanted; the time limit of the test is that of the wait. */
  async function until(
    text: string,
    wanted: (rows: Record<string, unknown>[]) => boolean,
  ): Promise<Record<string, unknown>[]> {
    for (;;) {
      const rows = await query(text);
      if (wanted(rows)) return rows;
    }
  }

  it('says that it is alive and ready, and what it counts, without a key', async () => {
    const ask = async (target: string): Promise<[number, string]> => {
      const response = await fetch(`http://127.0.0.1:${port}${target}`);
      return [response.status, await response.text()];
    };
    expect(await ask('/health/live')).toEqual([200, '{"status":"ok"}']);
    expect((await ask('/health/ready'))[0]).toBe(200);
    const [status, metrics] = await ask('/metrics');
    expect(status).toBe(200);
    expect(metrics).toMatch(/^switchyard_recovered_jobs_total/m);
    expect((await ask('/v1/jobs'))[0]).toBe(404);
  });

  it('makes the partitions of the days to come as soon as it starts', async () => {
    const rows = await until(
      "select tablename from pg_tables where tablename like 'job\\_payloads\\_2%'",
      (found) => found.length > 0,
    );
    expect(rows.length).toBeGreaterThan(1);
  }, 20_000);

  it('does not start where its port is taken', async () => {
    await expect(startCourier(app)).rejects.toThrow(`127.0.0.1:${port} is taken by another process`);
  });

  it('has had nothing to complain of', () => {
    expect(lines.join('')).not.toMatch(/"level":"(warn|error)"/);
  });
});
