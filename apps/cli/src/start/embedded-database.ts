import { startEmbeddedPostgres, type EmbeddedPostgres } from '@switchyard/database/embedded';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { explainFailure } from '../output/explain-failure.js';
import { restartDelay } from '../supervisor/restart-backoff.js';
import type { SupervisorLogger } from '../supervisor/supervised-app.js';

interface EmbeddedDatabaseOptions {
  readonly dataDirectory: string;
  readonly logger: SupervisorLogger;
  readonly signal: AbortSignal;
}

/** Where the embedded Postgres keeps what it has, within `DATA_DIR`. */
export function databaseFolder(dataDirectory: string): string {
  return join(resolve(dataDirectory), 'postgres');
}

/** The embedded Postgres, started again under the same address when it ends by itself. */
export class EmbeddedDatabase {
  readonly #stopped = new AbortController();
  #server: Promise<EmbeddedPostgres>;

  private constructor(
    private readonly options: EmbeddedDatabaseOptions,
    server: EmbeddedPostgres,
    readonly url: string = server.url,
  ) {
    this.#server = Promise.resolve(server);
    this.#watch(server, undefined);
  }

  /** @throws EmbeddedPostgresError in one line */
  static async start(options: EmbeddedDatabaseOptions): Promise<EmbeddedDatabase> {
    return new EmbeddedDatabase(options, await launch(options, options.signal));
  }

  /** @param limitMs How long clients and writing out may take, before it is ended at once. */
  async stop(limitMs: number): Promise<void> {
    this.#stopped.abort();
    const server = await this.#server.catch(() => undefined);
    await server?.stop(limitMs);
  }

  #watch(server: EmbeddedPostgres, delayMs: number | undefined): void {
    const startedAt = performance.now();
    void server.ended.then(() => {
      if (this.#stopped.signal.aborted) return;
      const nextDelayMs = restartDelay(delayMs, performance.now() - startedAt);
      this.options.logger.warn({}, 'Postgres ended; it is started again');
      this.#server = this.#startAgain(server.port, nextDelayMs);
      // Only stopping lets it fail.
      this.#server.catch(() => undefined);
    });
  }

  async #startAgain(port: number, delayMs: number): Promise<EmbeddedPostgres> {
    for (let waitMs = delayMs; ; waitMs = restartDelay(waitMs, 0)) {
      try {
        const server = await launch(this.options, this.#stopped.signal, port);
        this.#watch(server, waitMs);
        return server;
      } catch (error) {
        this.#stopped.signal.throwIfAborted();
        const reason = explainFailure(error).join(' ');
        this.options.logger.warn({ reason }, `Postgres did not start; next try in ${waitMs / 1000} s`);
        await sleep(waitMs, undefined, { signal: this.#stopped.signal });
      }
    }
  }
}

async function launch(
  { dataDirectory, logger }: EmbeddedDatabaseOptions,
  signal: AbortSignal,
  port?: number,
): Promise<EmbeddedPostgres> {
  return await startEmbeddedPostgres({
    dataDirectory,
    signal,
    logger,
    ...(port === undefined ? {} : { port }),
  });
}
