import { EventEmitter } from 'node:events';
import {
  createPostgresRelayBackend,
  PostgresConnection,
  PostgresQueueBackend,
  Relay,
  assertSchemaCompatibility,
  type BackendFactory,
  type IQueueBackend,
  type PgPool,
} from 'bullmq';

import { RELAY_TIMING, UnusableStoreError, type Engine, type EngineLink } from './engine.js';

type AddedJob = Parameters<IQueueBackend['addJobs']>[0][number];

type ListenClient = Awaited<ReturnType<PostgresConnection['getListenClient']>>;

/** The client as many consumers may use it: all listen on it, and the same LISTEN is sent once. */
function shareListenClient(client: ListenClient): ListenClient {
  if (client instanceof EventEmitter) client.setMaxListeners(0);
  const sent = new Map<string, Promise<unknown>>();
  const query = (text: string, values?: readonly unknown[]): Promise<unknown> => {
    const known = sent.get(text);
    if (known) return known;
    const answer = client.query(text, values);
    sent.set(text, answer);
    answer.catch(() => sent.delete(text));
    return answer;
  };
  return new Proxy(client, {
    get: (target, key) => {
      if (key === 'query') return query;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** One connection object for all queues and consumers of the process: one pool, one LISTEN. */
class SharedConnection extends PostgresConnection {
  #ready: Promise<void> | undefined;
  readonly #listenClients = new WeakMap<ListenClient, ListenClient>();

  constructor(pool: PgPool) {
    super(pool);
    this.setMaxListeners(0);
  }

  /** BullMQ's own remembers a failure for ever, so a process that starts before its database would never recover. */
  override async waitUntilReady(): Promise<void> {
    this.#ready ??= this.#check().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    await this.#ready;
  }

  async #check(): Promise<void> {
    await assertSchemaCompatibility(this.pool, this.schema);
    const { rows } = await this.pool.query<{ schema: unknown }>('SELECT current_schema() AS schema');
    if (rows[0]?.schema === this.schema) return;
    throw new UnusableStoreError(
      `The queue's pool looks into another schema: give it options '-c search_path=${this.schema}'.`,
    );
  }

  override async getListenClient(): Promise<ListenClient> {
    const client = await super.getListenClient();
    const known = this.#listenClients.get(client);
    if (known) return known;
    const shared = shareListenClient(client);
    this.#listenClients.set(client, shared);
    return shared;
  }
}

/** The backend of one queue over the shared connection, which it never closes. */
class EntryBackend extends PostgresQueueBackend {
  #interrupted = false;

  constructor(shared: SharedConnection, ...[name, options]: Parameters<BackendFactory<IQueueBackend, EngineLink>>) {
    super(shared, name, { ...options, connection: shared.pool }, false);
    shared.on('listenerinvalidated', this.#listenAgain);
  }

  /** BullMQ allows an hour; a lost notification should not cost that much. */
  override get maximumBlockTimeout(): number {
    return 60;
  }

  /**
   * Adds row by row in one statement. BullMQ's bulk insert creates and drops temporary tables in each call: 2.7 ms of
   * Postgres for a group of one, against 0.3; this is no slower at fifty.
   */
  override async addJobs(entries: AddedJob[]): Promise<string[]> {
    const added = await this.addFlow(
      entries.map(({ job, jobId, parentKeyOpts }) => ({
        jobData: job,
        jobId,
        parentKeyOpts: parentKeyOpts ?? {},
        prefix: '',
        queueName: this.queueName,
      })),
    );
    return added.map(([error, id]) => {
      if (error) throw error;
      return String(id);
    });
  }

  override async disconnectBlocking(): Promise<void> {
    this.#interrupted = true;
    await super.disconnectBlocking();
  }

  override async close(): Promise<void> {
    this.connection.off('listenerinvalidated', this.#listenAgain);
    await super.close();
  }

  /** Backends that do not own their connection are not told by BullMQ that its LISTEN was lost. */
  readonly #listenAgain = (): void => {
    void super.disconnectBlocking();
    if (!this.#interrupted) void this.reconnectBlocking();
  };
}

/** BullMQ's PostgreSQL backend on a pool that the caller made and ends. */
export class PostgresEngine implements Engine {
  readonly name = 'postgres';
  readonly idleWaitSeconds = 30;
  readonly #connection: SharedConnection;

  constructor(
    private readonly pool: PgPool,
    suspect: (cause: unknown) => void,
  ) {
    this.#connection = new SharedConnection(pool);
    this.#connection.on('error', suspect);
  }

  readonly createBackend: BackendFactory<IQueueBackend, EngineLink> = (name, options) =>
    new EntryBackend(this.#connection, name, options);

  createRelay(name: string): Relay<never> {
    return new Relay({ ...RELAY_TIMING, connection: this.pool, backend: createPostgresRelayBackend, name });
  }

  async open(): Promise<void> {
    await this.probe();
  }

  async probe(): Promise<void> {
    await this.#connection.waitUntilReady();
    await this.pool.query('SELECT 1');
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
