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

import { RELAY_TIMING, type Engine, type EngineLink } from './engine.js';
import { createRedisClient } from './redis-client.js';

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
  #interrupt: () => void = () => undefined;
  readonly #interrupted = new Promise<void>((resolve) => {
    this.#interrupt = resolve;
  });

  constructor(
    private readonly blockingClient_: Redis | Cluster,
    ...rest: ConstructorParameters<typeof RedisQueueBackend>
  ) {
    super(...rest);
  }

  /** BullMQ waits for an `end` that a client which is reconnecting never emits. */
  override disconnectBlocking(): Promise<void> {
    this.#interrupt();
    this.blockingClient_.disconnect();
    return Promise.resolve();
  }

  override async reconnectBlocking(): Promise<void> {
    await Promise.race([super.reconnectBlocking(), this.#interrupted]);
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
    private readonly watch: { suspect(cause: unknown): void; ready(): void },
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

  readonly createBackend: BackendFactory<IQueueBackend, EngineLink> = (name, options, { withBlockingConnection } = {}) => {
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

  async probe(): Promise<unknown> {
    // Before it has ever connected, a ping would fail at once instead of waiting for that.
    await this.#connection.client;
    return this.#client.ping();
  }

  close(): Promise<void> {
    this.#client.disconnect();
    for (const client of this.#blockingClients) client.disconnect();
    return Promise.resolve();
  }

  #connect(): Redis | Cluster {
    const client = createRedisClient(this.url);
    client.on('error', this.watch.suspect);
    return client;
  }
}
