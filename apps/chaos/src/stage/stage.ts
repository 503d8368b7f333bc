import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openDatabase, type Database } from '@switchyard/database';
import { freePorts, startApp, startRedis, startTcpProxy, type OwnRedis, type TcpProxy } from '@switchyard/stage';
import type { Engine } from '../options.js';
import { Actor, type Lines, type Role } from './actor.js';
import { configurationFile, KEYS } from './configuration.js';
import { OwnPostgres } from './own-postgres.js';
import { mountSmallDisk, type SmallDisk } from './small-disk.js';
import { WireLog } from './wire-log.js';

const APPS: Readonly<Record<Role, string>> = {
  simulator: 'simulator',
  'api-1': 'api',
  'api-2': 'api',
  courier: 'courier',
  'worker-1': 'worker-openai',
  'worker-2': 'worker-openai',
};
const ROLES = Object.keys(APPS) as Role[];
/** Enough for the write-ahead log of a run, and soon full. */
const DISK_MEGABYTES = 1_024;

interface StageSettings {
  readonly engine: Engine;
  /** The database stands on a disk that can be filled, where this user may mount one. */
  readonly wantsSmallDisk: boolean;
}

/** Everything that a run plays on: servers, processes, the lines between them, and what went wrong by itself. */
export class Stage {
  readonly wire = new WireLog();
  /** Processes that ended without being told to. */
  readonly accidents: string[] = [];
  readonly #undo: (() => Promise<unknown>)[] = [];
  readonly #actors = new Map<Role, Actor>();
  #postgres: OwnPostgres | undefined;
  #database: Database | undefined;
  redis: OwnRedis | undefined;
  disk: SmallDisk | undefined;

  private constructor(readonly settings: StageSettings) {}

  /** Sets everything up and starts it. Whatever was begun is taken down when it fails. */
  static async set(settings: StageSettings): Promise<Stage> {
    const stage = new Stage(settings);
    try {
      await stage.#build();
      return stage;
    } catch (error) {
      await stage.strike();
      throw error;
    }
  }

  get engine(): Engine {
    return this.settings.engine;
  }

  get postgres(): OwnPostgres {
    if (!this.#postgres) throw new Error('The stage is not set.');
    return this.#postgres;
  }

  /** A way to the database that no toxic touches. */
  get database(): Database {
    if (!this.#database) throw new Error('The stage is not set.');
    return this.#database;
  }

  /** Where the queue is, past every toxic. */
  get queueUrl(): string {
    return this.redis?.url ?? this.postgres.urlAt(this.postgres.port);
  }

  actor(role: Role): Actor {
    const actor = this.#actors.get(role);
    if (!actor) throw new Error(`There is no ${role}.`);
    return actor;
  }

  get actors(): readonly Actor[] {
    return [...this.#actors.values()];
  }

  /** Takes everything down. */
  async strike(): Promise<void> {
    for (const step of this.#undo.splice(0).toReversed()) await step().catch(() => undefined);
  }

  async #build(): Promise<void> {
    const root = process.getuid?.() === 0;
    // Postgres runs as another account where we are root, and must be able to pass.
    const folder = await mkdtemp(join(root ? '/tmp' : tmpdir(), 'switchyard-chaos-'));
    await chmod(folder, 0o755);
    this.#undo.push(() => rm(folder, { recursive: true, force: true }));
    const data = join(folder, 'data');
    await mkdir(data);
    if (this.settings.wantsSmallDisk) this.disk = await mountSmallDisk(data, DISK_MEGABYTES);
    const { disk } = this;
    if (disk) this.#undo.push(() => disk.unmount());

    const postgres = await OwnPostgres.start(join(data, 'postgres'));
    this.#postgres = postgres;
    this.#undo.push(() => postgres.stop('fast'));
    if (this.engine === 'redis') {
      const redis = await startRedis({ persistent: true });
      this.redis = redis;
      this.#undo.push(() => redis.stop());
    }
    const database = openDatabase({ url: postgres.urlAt(postgres.port), applicationName: 'chaos' });
    this.#database = database;
    this.#undo.push(() => database.close());
    const configuration = join(folder, 'switchyard.yaml');
    await writeFile(configuration, configurationFile());
    await this.#start({
      SWITCHYARD_CONFIG: configuration,
      SWITCHYARD_SECRET: randomBytes(32).toString('hex'),
      SWITCHYARD_ADMIN_KEY: KEYS.admin,
      MODEL_TRANSPORT: 'off',
      LOG_LEVEL: 'info',
      NODE_OPTIONS: ['shift-clock', 'collect-garbage'].map(preload).join(' '),
    });
  }

  async #start(env: NodeJS.ProcessEnv): Promise<void> {
    const ports = await freePorts(ROLES.length);
    const portOf = new Map(ROLES.map((role, index) => [role, ports[index] ?? 0]));
    const vendor = portOf.get('simulator') ?? 0;
    for (const role of ROLES) {
      const port = portOf.get(role) ?? 0;
      const lines = role === 'simulator' ? undefined : await this.#draw(vendor);
      const own = { PORT: String(port), APP_PORT: String(port), SIMULATOR_PORT: String(port) };
      const actor = new Actor({
        role,
        app: APPS[role],
        port,
        lines,
        env: { ...env, ...own, ...(lines ? this.#addresses(lines) : {}) },
        onAccident: (text) => this.accidents.push(text),
      });
      this.#actors.set(role, actor);
    }
    await this.#migrate({ ...env, ...vendorAt(vendor) });
    this.#undo.push(() => Promise.all(this.actors.map((actor) => actor.kill())));
    await Promise.all(this.actors.map((actor) => actor.start()));
  }

  async #draw(vendorPort: number): Promise<Lines> {
    const to = async (port: number, onLost?: (bytes: Buffer) => void): Promise<TcpProxy> => {
      const line = await startTcpProxy({ port, host: '127.0.0.1' }, onLost);
      this.#undo.push(() => line.close());
      return line;
    };
    return {
      database: await to(this.postgres.port),
      queue: await to(this.redis?.port ?? this.postgres.port),
      vendor: await to(vendorPort, this.wire.lose),
    };
  }

  #addresses(lines: Lines): NodeJS.ProcessEnv {
    const queue = lines.queue.port;
    return {
      DATABASE_URL: this.postgres.urlAt(lines.database.port),
      QUEUE_URL: this.redis ? `redis://127.0.0.1:${queue}` : this.postgres.urlAt(queue),
      ...vendorAt(lines.vendor.port),
    };
  }

  async #migrate(env: NodeJS.ProcessEnv): Promise<void> {
    const url = this.postgres.urlAt(this.postgres.port);
    const migration = startApp(
      'cli',
      { ...env, DATABASE_URL: url, QUEUE_URL: this.queueUrl },
      { parameters: ['migrate'] },
    );
    const { code } = await migration.ended;
    if (code !== 0) throw new Error(`The database could not be migrated: ${migration.output()}`);
  }
}

/** It speaks no TLS; whoever calls it so fails. */
function vendorAt(port: number): NodeJS.ProcessEnv {
  return { VENDOR_URL: `http://127.0.0.1:${port}`, VENDOR_TLS_URL: `https://127.0.0.1:${port}` };
}

function preload(name: string): string {
  return `--import ${pathToFileURL(join(import.meta.dirname, 'preload', `${name}.js`)).href}`;
}
