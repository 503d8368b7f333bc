import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareDatabase } from '@switchyard/config';
import { createTestDatabase, type TestDatabase } from '@switchyard/database/testing';
import { callApi } from './__fixtures__/call-api.js';
import { CONFIGURATION, KEYS } from './__fixtures__/configuration.js';
import { spawnApi, type SpawnedApi } from './__fixtures__/spawn-api.js';
import { GENERATION, SECRET } from './__fixtures__/test-api.js';

const LIMIT_MS = 20_000;

// A start takes a second or so of a core that others may want too.
jest.setTimeout(3 * LIMIT_MS);

describe('the API as a process', () => {
  let test: TestDatabase;
  let unprepared: TestDatabase;
  let folder: string;
  const servers: Server[] = [];

  beforeAll(async () => {
    [test, unprepared, folder] = await Promise.all([
      createTestDatabase(),
      createTestDatabase(),
      mkdtemp(join(tmpdir(), 'switchyard-process-')),
    ]);
    await prepareDatabase({ database: test.url });
    await writeFile(join(folder, 'good.yaml'), CONFIGURATION);
  }, 60_000);
  afterAll(async () => {
    for (const server of servers) server.close();
    await Promise.all([test.drop(), unprepared.drop(), rm(folder, { recursive: true })]);
  });

  const env = (over: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    DATABASE_URL: test.url,
    SWITCHYARD_SECRET: SECRET,
    SWITCHYARD_ADMIN_KEY: KEYS.admin,
    SWITCHYARD_CONFIG: join(folder, 'good.yaml'),
    ...over,
  });

  /** A port of this machine that nobody else has. */
  async function takePort(): Promise<{ port: number; free(): Promise<void> }> {
    const server = createServer((socket) => socket.on('error', () => undefined));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    servers.push(server);
    const address = server.address();
    return {
      port: typeof address === 'object' && address !== null ? address.port : 0,
      async free() {
        server.close();
        await once(server, 'close');
      },
    };
  }

  async function start(
    over: NodeJS.ProcessEnv = {},
    options: { supervised?: boolean } = {},
  ): Promise<{ api: SpawnedApi; address: string }> {
    const { port, free } = await takePort();
    await free();
    const api = spawnApi(env({ PORT: String(port), ...over }), options);
    return { api, address: await api.listening };
  }

  /** It ends in time with status 1, and these lines are all that it says. */
  async function refuses(over: NodeJS.ProcessEnv, lines: readonly (RegExp | string)[]): Promise<void> {
    const api = spawnApi(env(over));
    const { code, milliseconds } = await api.ended;
    expect([api.errors, code]).toEqual([lines.map((line) => expect.stringMatching(line)), 1]);
    expect(milliseconds).toBeLessThan(LIMIT_MS);
    expect(api.output()).not.toMatch(/ {4}at |"level"|canary|secret for specs/);
  }

  describe('does not start, and says why in a line for each fault', () => {
    it('without a database', () =>
      refuses({ DATABASE_URL: undefined }, [/^api: DATABASE_URL is not set\. .*npm start/]));
    it('without a secret', () =>
      refuses({ SWITCHYARD_SECRET: undefined }, [/^api: SWITCHYARD_SECRET is not set\. .*32/]));

    it('with a wrong environment', async () => {
      await refuses(
        {
          PORT: 'eighty',
          HOST: 'a b',
          SWITCHYARD_ADMIN_KEY: 'short-canary',
          SWITCHYARD_SECRET: 'canary',
          DATABASE_URL: 'mysql://canary',
          LOG_LEVEL: 'canary',
        },
        [
          /^api: PORT: /,
          /^api: HOST: /,
          /^api: DATABASE_URL: /,
          /^api: SWITCHYARD_ADMIN_KEY: /,
          /^api: SWITCHYARD_SECRET: .*32 bytes/,
          /^api: LOG_LEVEL: must be debug, info, /,
        ],
      );
    });

    it('with a configuration that is not there', async () => {
      await refuses({ SWITCHYARD_CONFIG: join(folder, 'nothing.yaml') }, [
        /^api: .*nothing\.yaml: there is no such file/,
      ]);
    });

    it('with a wrong configuration', async () => {
      const file = join(folder, 'bad.yaml');
      await writeFile(
        file,
        `
providers:
  sim: { kind: simulator, concurency: 3, apiKey: sk-canary-0123456789 }
  other: { kind: telepathy }
models:
  - { id: chat, provider: nobody, capabilities: [generation], contextWindow: -1, price: free }
aliases: { smart: nothing }
tenants: { acme: { keys: [{ name: a, key: \${NOT_SET_CANARY_FREE} }] } }
`.replace('CANARY_FREE', 'ANYWHERE'),
      );
      await refuses({ SWITCHYARD_CONFIG: file }, [
        /^api: providers\.sim\.concurency: /,
        /^api: providers\.other\.kind: /,
        /^api: models\[0\]\.provider: /,
        /^api: models\[0\]\.contextWindow: /,
        /^api: aliases\.smart: /,
        /^api: tenants\.acme\.keys\[0\]\.key: .*NOT_SET_ANYWHERE/,
      ]);
    });

    it('with a key that is also the admin key', async () => {
      await refuses({ SWITCHYARD_ADMIN_KEY: KEYS.globex }, [
        /^api: The key globex-app in the configuration has the same value as SWITCHYARD_ADMIN_KEY\. /,
      ]);
    });

    it('when nothing listens where the database should be', async () => {
      const { port, free } = await takePort();
      await free();
      for (const host of ['127.0.0.1', 'localhost']) {
        const url = `postgres://user:canary@${host}:${port}/db`;
        await refuses({ DATABASE_URL: url }, [
          /^api: The database cannot be reached \(connect ECONNREFUSED .*\)\. Check DATABASE_URL/,
        ]);
      }
    });

    it('when the database takes what it is sent and never answers', async () => {
      const { port } = await takePort();
      await refuses({ DATABASE_URL: `postgres://user:canary@127.0.0.1:${port}/db` }, [
        /^api: The database cannot be reached \(.+\)\. /,
      ]);
    });

    it('when there is no such database', async () => {
      const url = new URL(test.url);
      url.pathname = '/nothing';
      await refuses({ DATABASE_URL: url.href }, [
        /^api: The database cannot be reached \(database "nothing" does not exist\)\. /,
      ]);
    });

    it('when the URL cannot be understood', async () => {
      await refuses({ DATABASE_URL: 'postgres://user:canary%ZZ@127.0.0.1:x/db' }, [/^api: .*DATABASE_URL/]);
    });

    it('when the database was never migrated', async () => {
      const url = new URL(test.url);
      url.pathname = '/postgres';
      await refuses({ DATABASE_URL: url.href }, [/^api: The database has no tables of Switchyard\. Run /]);
    });

    it('when the queue in it was never migrated', async () => {
      await refuses({ DATABASE_URL: unprepared.url }, [/^api: The queue cannot be used \(.+\)\. .*migrate/]);
    });

    it('when its port is taken', async () => {
      const { port } = await takePort();
      await refuses({ PORT: String(port) }, [
        new RegExp(`^api: 127\\.0\\.0\\.1:${port} is taken by another process; `),
      ]);
    });

    it('when its address is none of this machine', async () => {
      await refuses({ HOST: '203.0.113.7' }, [
        /^api: 203\.0\.113\.7:3000 is not an address of this machine; check HOST/,
      ]);
    });
  });

  describe('ends', () => {
    it('on SIGTERM, and answers first whoever waits', async () => {
      const { api, address } = await start();
      const submitted = await callApi(address, '/v1/jobs', { json: GENERATION });
      const waiting = [
        callApi(address, `/v1/jobs/${submitted.body.id}?waitSeconds=60`, {}),
        callApi(address, '/v1/jobs', { json: GENERATION, headers: { prefer: 'wait=60' } }),
      ];
      // They have arrived: the second has made its job.
      for (let jobs = 0; jobs < 2;) jobs = (await callApi(address, '/v1/jobs', {})).body.data.length;
      const startedAt = performance.now();
      api.signal('SIGTERM');
      const [read, made] = await Promise.all(waiting);
      expect([read?.status, read?.body.status]).toEqual([200, 'queued']);
      expect([made?.status, made?.body.status]).toEqual([202, 'queued']);
      expect((await api.ended).code).toBe(0);
      expect(performance.now() - startedAt).toBeLessThan(3_000);
      expect(api.errors).toEqual([]);
    });

    it('on SIGINT, with connections open that carry nothing', async () => {
      const { api, address } = await start();
      const agent = new Agent({ keepAlive: true });
      const outgoing = request(address, { agent }).end();
      const [response] = await once(outgoing, 'response');
      response.resume();
      await once(response, 'end');
      const startedAt = performance.now();
      api.signal('SIGINT');
      expect((await api.ended).code).toBe(0);
      expect(performance.now() - startedAt).toBeLessThan(3_000);
      agent.destroy();
    });

    it('under load, keeping every job that it answered 202', async () => {
      const { api, address } = await start();
      let going = true;
      const admitted: string[] = [];
      const others: number[] = [];
      const client = async (): Promise<void> => {
        while (going) {
          try {
            const { status, body } = await callApi(address, '/v1/jobs', {
              json: { ...GENERATION, userId: 'load' },
              key: KEYS.globex,
            });
            if (status === 202) admitted.push(body.id);
            else others.push(status);
          } catch {
            going = false; // It takes no more connections.
          }
        }
      };
      const clients = Array.from({ length: 16 }, client);
      while (admitted.length < 100) await callApi(address, '/health/live', {});
      api.signal('SIGTERM');
      await Promise.all(clients);
      expect((await api.ended).code).toBe(0);
      expect(others).toEqual([]);
      const pool = test.database.pool as { query(text: string): Promise<{ rows: { id: string }[] }> };
      const { rows } = await pool.query("select 'job_' || replace(id::text, '-', '') as id from jobs");
      const stored = new Set(rows.map(({ id }) => id));
      expect(admitted.filter((id) => !stored.has(id))).toEqual([]);
    });

    it('when its supervisor is gone', async () => {
      const { api } = await start({ SWITCHYARD_SUPERVISED: '1' }, { supervised: true });
      api.disconnect();
      expect((await api.ended).code).toBe(0);
    });

    it('also when its supervisor was gone before it listened', async () => {
      const { port, free } = await takePort();
      await free();
      const api = spawnApi(env({ PORT: String(port), SWITCHYARD_SUPERVISED: '1' }), { supervised: true });
      api.disconnect();
      expect((await api.ended).code).toBe(0);
    });

    it('at once on a second signal, whatever holds up the first', async () => {
      const { api, address } = await start();
      const { port, hostname } = new URL(address);
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.write(
        `POST /v1/jobs HTTP/1.1\r\nhost: x\r\nx-api-key: ${KEYS.acme}\r\ncontent-length: 99\r\nexpect: 100-continue\r\n\r\n`,
      );
      await once(socket, 'data');
      api.signal('SIGTERM');
      while (!api.output().includes('stopping')) await once(api.lines, 'line');
      const startedAt = performance.now();
      api.signal('SIGTERM');
      expect(await api.ended).toMatchObject({ code: 1, signal: null });
      expect(performance.now() - startedAt).toBeLessThan(2_000);
      socket.destroy();
    });

    it('in time, though a request never comes to its end', async () => {
      const { api, address } = await start();
      const { port, hostname } = new URL(address);
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.write(
        `POST /v1/jobs HTTP/1.1\r\nhost: x\r\nx-api-key: ${KEYS.acme}\r\ncontent-length: 99\r\nexpect: 100-continue\r\n\r\n`,
      );
      await once(socket, 'data');
      const startedAt = performance.now();
      api.signal('SIGTERM');
      expect((await api.ended).code).toBe(0);
      expect(performance.now() - startedAt).toBeLessThan(9_000);
    });
  });

  it('goes on without its queue’s Redis, and says so once', async () => {
    const { port, free } = await takePort();
    await free();
    const { api, address } = await start({ QUEUE_URL: `redis://:canary@127.0.0.1:${port}` });
    expect((await callApi(address, '/v1/jobs', { json: GENERATION })).status).toBe(202);
    expect((await callApi(address, '/health/ready', {})).status).toBe(200);
    api.signal('SIGTERM');
    expect((await api.ended).code).toBe(0);
    expect(api.output()).not.toContain('canary');
    expect(api.output().match(/The queue is away/g)).toHaveLength(1);
  });
});
