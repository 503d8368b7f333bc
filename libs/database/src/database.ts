import pg from 'pg';
import { columnTypes } from './column-types.js';
import { isStalePreparedStatement, isUnavailable } from './database-errors.js';
import type { PrismaClient } from './generated/client.js';
import { poolConfiguration } from './pool-configuration.js';
import { compileSql, type SqlStatement } from './sql.js';

/** How one process reaches the database. */
export interface DatabaseSettings {
  /** `postgresql://…`; its `?options=` are kept. */
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Connections at most. Default 10. */
  readonly poolSize?: number;
  /** Schemas to look in, such as `bullmq`. Default: the server's own. */
  readonly searchPath?: string;
  /** Limit of one statement, in milliseconds, held by the server and, five seconds later, by the client. Default 30,000. */
  readonly statementTimeoutMs?: number;
}

/** Something that runs statements: the database, or one transaction of it. */
export interface Queryable {
  /**
   * Runs one statement. `int8` comes as bigint, `timestamptz` as Date, `numeric` and `date` as strings.
   * @throws what the driver raised; see `isUnavailable`, `isUniqueViolation` and `isTransient`.
   */
  query<Row extends object = Record<string, unknown>>(statement: SqlStatement): Promise<Row[]>;
}

/** The one way to Postgres. */
export interface Database extends Queryable {
  /**
   * As of a transaction.
   * @param options.limitMs How long the client waits for this statement once it has a connection, where that is less
   * than its usual limit: then it rejects as `isUnavailable` and drops the connection. The server may still run it.
   */
  query<Row extends object = Record<string, unknown>>(
    statement: SqlStatement,
    options?: { readonly limitMs?: number },
  ): Promise<Row[]>;
  /**
   * Runs `work` in a READ COMMITTED transaction: committed when it resolves, rolled back when it rejects.
   * `work` uses what it is given; the database itself would wait for a second connection of the same pool.
   */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result>;
  /** The `pg.Pool`, opaque, for BullMQ. */
  readonly pool: object;
  /** Prisma over the same pool; loaded at the first call, so that a process without reports never loads it. */
  prisma(): Promise<PrismaClient>;
  /** Resolves when the database answers. @throws within 3 s when it does not. */
  ping(): Promise<void>;
  /** Lets statements in flight end for at most 5 s, then cuts them off. May be called again. */
  close(): Promise<void>;
}

const PING_LIMIT_MS = 3_000;
const CLOSE_LIMIT_MS = 5_000;

/** Opens a pool of connections; none is made before the first statement. */
export function openDatabase(settings: DatabaseSettings): Database {
  return new PooledDatabase(settings);
}

class PooledDatabase implements Database {
  readonly #pool: pg.Pool;
  readonly #connections = new Set<pg.PoolClient>();
  #prisma: Promise<PrismaClient> | undefined;
  #closed: Promise<void> | undefined;

  constructor(settings: DatabaseSettings) {
    this.#pool = new pg.Pool(poolConfiguration(settings));
    // Without listeners a connection that the server ends would end the process; the next statement reports it.
    this.#pool.on('error', ignoreLostConnection);
    this.#pool.on('connect', (connection) => {
      connection.on('error', ignoreLostConnection);
      this.#connections.add(connection);
    });
    this.#pool.on('remove', (connection) => this.#connections.delete(connection));
  }

  get pool(): object {
    return this.#pool;
  }

  async query<Row extends object = Record<string, unknown>>(
    statement: SqlStatement,
    { limitMs }: { readonly limitMs?: number } = {},
  ): Promise<Row[]> {
    try {
      return await this.#withConnection((connection) => run<Row>(connection, statement, limitMs));
    } catch (error) {
      if (!isStalePreparedStatement(error)) throw error;
      return await this.#withConnection((connection) => run<Row>(connection, statement, limitMs));
    }
  }

  async transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    return await this.#withConnection(async (connection) => {
      await connection.query('begin isolation level read committed');
      const transaction = new OpenTransaction(connection);
      let result: Result;
      try {
        result = await work(transaction);
      } catch (error) {
        transaction.end();
        if (!isLost(error)) await connection.query('rollback').catch(() => connection.end());
        throw error;
      }
      transaction.end();
      const { command } = await connection.query('commit');
      // A statement failed inside and `work` went on as if it had not: the server answers a commit with a rollback.
      if (command === 'ROLLBACK') throw new Error('The transaction was rolled back: a statement in it had failed.');
      return result;
    });
  }

  prisma(): Promise<PrismaClient> {
    this.#prisma ??= import('./prisma.js')
      .then(({ createPrisma }) => createPrisma(this.#pool))
      .catch((error: unknown) => {
        this.#prisma = undefined;
        throw error;
      });
    return this.#prisma;
  }

  async ping(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('timeout expired')), PING_LIMIT_MS);
    });
    const answer = this.#withConnection((connection) => connection.query('select 1'));
    try {
      await Promise.race([answer, limit]);
    } finally {
      clearTimeout(timer);
      answer.catch(() => undefined);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const cut = setTimeout(() => {
      for (const connection of this.#connections) void connection.end().catch(() => undefined);
    }, CLOSE_LIMIT_MS);
    const limit = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_LIMIT_MS + 1_000).unref());
    const prisma = this.#prisma?.then((client) => client.$disconnect()).catch(() => undefined);
    await Promise.race([Promise.all([prisma, this.#pool.end()]), limit]);
    clearTimeout(cut);
  }

  async #withConnection<Result>(use: (connection: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const connection = await this.#pool.connect();
    let unusable = false;
    try {
      return await use(connection);
    } catch (error) {
      unusable = isLost(error) || isStalePreparedStatement(error);
      throw error;
    } finally {
      connection.release(unusable);
    }
  }
}

/** A transaction that has begun; it refuses statements once it has ended, as another's may run there by then. */
class OpenTransaction implements Queryable {
  #ended = false;

  constructor(private readonly connection: pg.PoolClient) {}

  async query<Row extends object = Record<string, unknown>>(statement: SqlStatement): Promise<Row[]> {
    if (this.#ended) throw new Error('This transaction has ended.');
    return await run<Row>(this.connection, statement);
  }

  end(): void {
    this.#ended = true;
  }
}

async function run<Row extends object>(
  connection: pg.PoolClient,
  statement: SqlStatement,
  limitMs?: number,
): Promise<Row[]> {
  const limit = limitMs === undefined ? {} : { query_timeout: limitMs };
  const { rows } = await connection.query<Row>({ ...compileSql(statement), types: columnTypes, ...limit });
  return rows;
}

/** Whether the connection is of no more use: a lost one, or one that still waits for what the client gave up. */
function isLost(error: unknown): boolean {
  if (!isUnavailable(error)) return false;
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  // The server ended the statement and not the session.
  return !(typeof code === 'string' && ['25006', '55P03', '57014', '53100', '53200', '53400'].includes(code));
}

function ignoreLostConnection(): void {
  // The pool has already let go of it.
}
