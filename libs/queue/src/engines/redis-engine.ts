import {
  createRedisRelayBackend,
  QueueKeys,
  RedisConnection,
  RedisQueueBackend,
  Relay,
  type BackendFactory,
  type IQueueBackend,
} from 'bullmq';
import type { Cluster, Redis } from 'ioredis';

import { RELAY_TIMING, UnusableStoreError, type Engine, type EngineLink } from './engine.js';
import { createRedisClient } from './redis-client.js';

/** 100 × major + minor; what BullMQ's relay needs. */
const OLDEST_REDIS = 602;
const ACCESS_REFUSED = /^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH)/;

/** BullMQ's wrapper of a client that is ours. */
function borrow(client: Redis | Cluster, blocking: boolean): RedisConnection {
  // BullMQ's version check runs a command while connecting; if that fails, the wrapper stays failed for ever.
  const connection = new RedisConnection(client, { shared: true, blocking, skipVersionCheck: true });
  connection.client
    .then(() => {
      // Without the check it supposes Redis 5, which rounds every wait up to a second.
      connection.capabilities = { canDoubleTimeout: true, canBlockFor1Ms: false };
    })
    .catch(() => undefined);
  return connection;
}

/** The backend of one consumer: commands over the shared client, blocking on a client of its own. */
class ConsumerBackend extends RedisQueueBackend {
  readonly #interruptions = new Set<() => void>();
  #interrupted = false;

  constructor(
    private readonly ownClient: Redis | Cluster,
    ...rest: ConstructorParameters<typeof RedisQueueBackend>
  ) {
    super(...rest);
  }

  /** BullMQ waits for an `end` that a client which is reconnecting never emits. */
  override disconnectBlocking(): Promise<void> {
    this.#interrupted = true;
    for (const interrupt of this.#interruptions) interrupt();
    this.ownClient.disconnect();
    return Promise.resolve();
  }

  override async reconnectBlocking(): Promise<void> {
    if (this.#interrupted) return;
    let interrupt: () => void = () => undefined;
    const interrupted = new Promise<void>((resolve) => (interrupt = resolve));
    this.#interruptions.add(interrupt);
    await Promise.race([super.reconnectBlocking(), interrupted]).finally(() => this.#interruptions.delete(interrupt));
  }

  override async close(): Promise<void> {
    await this.disconnectBlocking();
    await super.close();
  }
}

/** BullMQ on one Redis, a Sentinel's or a Cluster. */
export class RedisEngine implements Engine {
  readonly name = 'redis';
  // BullMQ's own ceiling; longer waits outlive a silently dropped connection.
  readonly idleWaitSeconds = 10;
  readonly #client: Redis | Cluster;
  readonly #connection: RedisConnection;
  readonly #blockingClients = new Set<Redis | Cluster>();

  /** @throws TypeError when the URL is none that is understood. */
  constructor(
    private readonly url: string,
    private readonly prefix: string,
    private readonly watch: { readonly suspect: (cause: unknown) => void; readonly ready: () => void },
  ) {
    this.#client = this.#connect();
    this.#client.setMaxListeners(0);
    this.#client.on('ready', watch.ready);
    this.#client.on('close', () => {
      watch.suspect(new Error('The connection to Redis was closed.'));
    });
    this.#connection = borrow(this.#client, false);
    this.#connection.on('error', watch.suspect);
  }

  readonly createBackend: BackendFactory<IQueueBackend, EngineLink> = (
    name,
    options,
    { withBlockingConnection } = {},
  ) => {
    // The braces make one hash slot of all keys of a queue, which Cluster's scripts need.
    const keys = new QueueKeys(`{${this.prefix}:${name}}`);
    const settings = { ...options, connection: this.#client, prefix: keys.prefix };
    const toKey = (type: string): string => keys.toKey(name, type);
    if (!withBlockingConnection) {
      return new RedisQueueBackend(this.#connection, name, keys.getKeys(name), toKey, settings, undefined, false);
    }
    const client = this.#connect();
    this.#blockingClients.add(client);
    client.once('end', () => this.#blockingClients.delete(client));
    const blocking = borrow(client, true);
    blocking.on('error', this.watch.suspect);
    return new ConsumerBackend(client, this.#connection, name, keys.getKeys(name), toKey, settings, blocking, false);
  };

  createRelay(name: string): Relay<never> {
    const settings = { ...RELAY_TIMING, backend: createRedisRelayBackend, skipVersionCheck: true, prefix: this.prefix };
    return new Relay({ ...settings, connection: this.#client, name });
  }

  async open(): Promise<void> {
    await this.#firstConnection();
    // Who may not ask for the version is trusted to know it.
    const server = await this.#client.info('server').catch(() => '');
    const [, major, minor] = /^redis_version:(\d+)\.(\d+)/m.exec(server) ?? [];
    if (major !== undefined && Number(major) * 100 + Number(minor) < OLDEST_REDIS) {
      throw new UnusableStoreError(`The queue needs Redis 6.2 or later; this is ${major}.${String(minor)}.`);
    }
  }

  async probe(): Promise<unknown> {
    return this.#client.ping();
  }

  close(): Promise<void> {
    this.#client.disconnect();
    for (const client of this.#blockingClients) client.disconnect();
    return Promise.resolve();
  }

  /** Rejects when Redis refuses the user or the password. */
  #firstConnection(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.once('ready', resolve);
      this.#client.on('error', ({ message }: Error) => {
        if (ACCESS_REFUSED.test(message))
          reject(new UnusableStoreError(`Redis refuses QUEUE_URL's access: ${message}`));
      });
    });
  }

  #connect(): Redis | Cluster {
    const client = createRedisClient(this.url);
    client.on('error', this.watch.suspect);
    return client;
  }
}
