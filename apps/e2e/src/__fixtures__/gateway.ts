import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Database } from '@switchyard/database';
import { createTestDatabase } from '@switchyard/database/testing';
import type { JobView } from '@switchyard/contract';
import { freePorts, startApp, until, type AppOptions, type AppProcess } from '@switchyard/stage';

/** All that runs for one spec: its own database, the apps as processes, and a simulator in the vendor's place. */
export interface Gateway {
  /** Of the first API, and of the second where it was started. */
  readonly url: string;
  readonly secondUrl: string;
  readonly vendorUrl: string;
  readonly database: Database;
  readonly apps: Map<string, AppProcess>;
  /** Starts one app, or the one that was killed again, and waits until it is ready. */
  start(app: GatewayApp, options?: AppOptions): Promise<void>;
  submit(body: object): Promise<JobView>;
  request(path: string, init?: RequestInit): Promise<Response>;
  read(id: string, waitSeconds?: number): Promise<JobView>;
  close(): Promise<void>;
}

export type GatewayApp = 'api' | 'second-api' | 'courier' | 'simulator' | `worker-${string}`;

/** What a configuration must give the tenant that asks, and the admin's, which is in the environment. */
export const GATEWAY_KEYS = { jobs: 'sk-e2e-0123456789abcdef', admin: 'sk-e2e-admin-0123456789abcdef' } as const;

/** A request takes this long at the vendor, in milliseconds, when it is for the model `slow`. */
export const SLOW_MS = 1_500;

/**
 * One provider of the kind openai that is the simulator, and one that nobody serves.
 * @param budgets In YAML on one line.
 */
export function configuration(vendorUrl: string, budgets = '[]'): string {
  return `
budgets: ${budgets}
providers:
  openai:
    baseURL: ${vendorUrl}/v1
    apiKey: sk-vendor-0123456789abcdef
    defaultModel: quick
    concurrency: 64
  nobody:
    kind: openai
    baseURL: http://127.0.0.1:1/v1
    apiKey: sk-vendor-0123456789abcdef
defaultProvider: openai
models:
  - id: quick
    provider: openai
    capabilities: [generation, code, embedding, image, tools]
    contextWindow: 128000
    price: { inputPerMillion: "3", outputPerMillion: "7", perImage: "0.04" }
  - id: slow
    provider: openai
    providerModel: sim-latency-${SLOW_MS}
    capabilities: [generation]
    contextWindow: 128000
    price: { inputPerMillion: "3", outputPerMillion: "7" }
  - id: cut-once
    provider: openai
    providerModel: sim-cut-20,times-1
    capabilities: [generation]
    contextWindow: 128000
    price: { inputPerMillion: "3", outputPerMillion: "7" }
  - id: refused-once
    provider: openai
    providerModel: sim-status-503,times-1
    capabilities: [generation]
    contextWindow: 128000
    price: { inputPerMillion: "3", outputPerMillion: "7" }
  - id: unreachable
    provider: nobody
    capabilities: [generation]
    contextWindow: 128000
    price: { inputPerMillion: "3", outputPerMillion: "7" }
tenants:
  acme:
    keys: [{ name: acme-app, key: ${GATEWAY_KEYS.jobs}, scopes: [jobs] }]
`;
}

/**
 * Starts a gateway.
 * @param queueUrl Absent: the queue stands in the database.
 * @param configure The configuration in YAML, for the address of the simulator.
 */
export async function startGateway(
  queueUrl: string | undefined,
  started: readonly GatewayApp[],
  configure: (vendorUrl: string) => string = (vendorUrl) => configuration(vendorUrl),
): Promise<Gateway> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-e2e-'));
  const test = await createTestDatabase();
  const [port = 0, secondPort = 0, simulator = 0] = await freePorts(3);
  const ports = new Map<GatewayApp, number>([
    ['api', port],
    ['second-api', secondPort],
    ['simulator', simulator],
  ]);
  const vendorUrl = `http://127.0.0.1:${simulator}`;
  await writeFile(join(folder, 'switchyard.yaml'), configure(vendorUrl));
  const env = {
    DATABASE_URL: test.url,
    ...(queueUrl === undefined ? {} : { QUEUE_URL: queueUrl }),
    SWITCHYARD_CONFIG: join(folder, 'switchyard.yaml'),
    SWITCHYARD_SECRET: randomBytes(32).toString('hex'),
    SWITCHYARD_ADMIN_KEY: GATEWAY_KEYS.admin,
    PORT: String(port),
    SIMULATOR_PORT: String(simulator),
    LOG_LEVEL: 'info',
  };
  const migration = startApp('cli', env, { parameters: ['migrate'] });
  await until('migrated', () => !migration.running, 30_000, migration.output);

  const apps = new Map<string, AppProcess>();
  const url = `http://127.0.0.1:${port}`;
  const headers = { authorization: `Bearer ${GATEWAY_KEYS.jobs}`, 'content-type': 'application/json' };
  const database = openDatabase({ url: test.url, applicationName: 'e2e' });

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    return await fetch(new URL(path, url), { ...init, headers: { ...headers, ...init.headers } });
  }
  async function job(response: Response): Promise<JobView> {
    const body = (await response.json()) as JobView;
    if (!response.ok) throw new Error(`${response.status}: ${JSON.stringify(body)}`);
    return body;
  }

  const gateway: Gateway = {
    url,
    secondUrl: `http://127.0.0.1:${secondPort}`,
    vendorUrl,
    database,
    apps,
    async start(app, options = {}) {
      const appPort = ports.get(app) ?? (await freePorts(1))[0] ?? 0;
      ports.set(app, appPort);
      const own = app === 'second-api' ? { PORT: String(secondPort) } : { APP_PORT: String(appPort) };
      const child = startApp(app === 'second-api' ? 'api' : app, { ...env, ...own }, options);
      apps.set(app, child);
      const ready = `http://127.0.0.1:${appPort}/health/ready`;
      await until(
        `${app} ready`,
        async () =>
          await fetch(ready).then(
            (answer) => answer.ok,
            () => false,
          ),
        40_000,
        child.output,
      );
    },
    request,
    submit: async (body) => await job(await request('/v1/jobs', { method: 'POST', body: JSON.stringify(body) })),
    read: async (id, waitSeconds = 0) => await job(await request(`/v1/jobs/${id}?waitSeconds=${waitSeconds}`)),
    async close() {
      await Promise.all([...apps.values()].filter((app) => app.running).map((app) => app.end('SIGKILL')));
      await database.close();
      await test.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await Promise.all(started.map((app) => gateway.start(app)));
  } catch (error) {
    await gateway.close();
    throw error;
  }
  return gateway;
}
