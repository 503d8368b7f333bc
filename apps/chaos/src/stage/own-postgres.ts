import { startEmbeddedPostgres, type EmbeddedPostgres } from '@switchyard/database/embedded';

/** How a server of Postgres is stopped: clients cut off and everything written out, or as good as a crash. */
export type PostgresStop = 'fast' | 'immediate';

/** Said to the server instead of how many milliseconds it may take over its end. */
const AT_ONCE = 0;
const SILENT = { info: () => undefined, warn: () => undefined };

/** The embedded Postgres as it is shipped, in a folder of its own; it may be stopped, and keeps its address. */
export class OwnPostgres {
  #server: EmbeddedPostgres;

  private constructor(
    private readonly folder: string,
    server: EmbeddedPostgres,
  ) {
    this.#server = server;
  }

  static async start(folder: string): Promise<OwnPostgres> {
    return new OwnPostgres(folder, await startEmbeddedPostgres({ dataDirectory: folder, logger: SILENT }));
  }

  get port(): number {
    return this.#server.port;
  }

  /** Resolves when the server that runs now has ended, for whatever cause. */
  get ended(): Promise<void> {
    return this.#server.ended;
  }

  /** Its URL over TCP, at its own port or at that of something in between. */
  urlAt(port: number): string {
    const url = Object.assign(new URL(this.#server.url), { hostname: '127.0.0.1', port: String(port) });
    url.searchParams.delete('host');
    return url.href;
  }

  async stop(how: PostgresStop): Promise<void> {
    await this.#server.stop(how === 'immediate' ? AT_ONCE : undefined);
  }

  /** Starts it again where it was; it recovers what it must first. */
  async startAgain(): Promise<void> {
    this.#server = await startEmbeddedPostgres({ dataDirectory: this.folder, port: this.port, logger: SILENT });
  }
}
