import { sql, type Database, type Queryable } from '@switchyard/database';
import type { Logger } from '@switchyard/telemetry';
import type { Queue } from '@switchyard/queue';
import type { Configuration } from '../configuration.js';
import { layOverlay, OverlayError, type OverlayEntry } from '../overlay/lay-overlay.js';
import { readOverlay, readRevision, sealAnew } from '../overlay/overlay-rows.js';
import type { SecretSeal } from '../overlay/sealed-secrets.js';

/** What another process has changed is seen after so long at the latest, in milliseconds. */
const LOOK_EVERY_MS = 1_000;
/** Beyond this a look is given up: the next one may have another connection. */
const LOOK_LIMIT_MS = 900;

/** Says that there is something to read. It may be lost: the look at the revision is what holds. */
export const CHANGED_TOPIC = 'configuration.changed';

/** Reads something in the transaction that reads the configuration. @returns what puts it in force */
type Follower = (transaction: Queryable) => Promise<() => void>;

/** Told of a snapshot that has just come into force. It must not throw, and is not waited for. */
type Listener = (configuration: Configuration) => void;

interface LiveConfigurationSettings {
  readonly file: Configuration;
  readonly database: Database;
  readonly seal: SecretSeal;
  readonly logger: Logger;
}

/**
 * The configuration in force in this process: the file with the overlay over it. A change is swapped in as a whole,
 * together with what follows it. Whoever needs two things of one moment takes `current` once.
 */
export class LiveConfiguration {
  #current: Configuration;
  #revision = -1n;
  #reading: Promise<void> = Promise.resolve();
  #waiting = 0;
  #failing = false;
  readonly #followers: Follower[] = [];
  readonly #listeners = new Set<Listener>();
  readonly #undo: (() => void)[] = [];

  private constructor(private readonly settings: LiveConfigurationSettings) {
    this.#current = settings.file;
  }

  /** @throws OverlayError where the overlay does not fit the file */
  static async open(settings: LiveConfigurationSettings): Promise<LiveConfiguration> {
    const live = new LiveConfiguration(settings);
    const fault = await live.#read();
    if (fault) throw fault;
    return live;
  }

  /** The file's own part, as it was at the start. */
  get file(): Configuration {
    return this.settings.file;
  }

  get current(): Configuration {
    return this.#current;
  }

  /** Has something read again whenever the configuration is, in the same moment, and once now. */
  async follow(follower: Follower): Promise<void> {
    this.#followers.push(follower);
    this.#revision = -1n;
    await this.refresh();
  }

  /**
   * Calls the listener with each snapshot that comes into force from now on; what is worked out of a snapshot alone is
   * better kept beside it (a WeakMap by snapshot). @returns a function that ends it
   */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves when everything is in force that was committed before the call. */
  refresh(): Promise<void> {
    this.#waiting += 1;
    const next = this.#reading
      .catch(() => undefined)
      .then(() => this.#report())
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#reading = next;
    return next;
  }

  /** Follows changes from now on: by a look at the revision, sooner where there is a queue and a signal comes. */
  async watch(queue?: Queue): Promise<void> {
    const look = (): void => {
      if (this.#waiting < 2) this.refresh().catch((error: unknown) => this.#lookFailed(error));
    };
    const timer = setInterval(look, LOOK_EVERY_MS);
    this.#undo.push(() => clearInterval(timer));
    if (queue) this.#undo.push(queue.onRecovered(look), await queue.subscribe(CHANGED_TOPIC, look));
  }

  /** Looks no more, and resolves when the last look has ended. */
  async close(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    await this.#reading.catch(() => undefined);
  }

  async #report(): Promise<void> {
    const fault = await this.#read();
    if (this.#failing) this.settings.logger.info({}, 'the configuration can be read again');
    this.#failing = false;
    if (fault) {
      this.settings.logger.error(
        { faults: fault.message.split('\n') },
        'what was changed through the control plane does not fit the file of this process, which goes on with what it had; start it again with the file of the others',
      );
    }
  }

  #lookFailed(error: unknown): void {
    if (!this.#failing) this.settings.logger.warn({ error }, 'changes of the configuration cannot be read just now');
    this.#failing = true;
  }

  /** @returns what keeps the overlay from being used; what follows is in force all the same: a revoked key stays revoked */
  async #read(): Promise<OverlayError | undefined> {
    const { database, seal, file } = this.settings;
    if (await this.#isNewest()) return undefined;
    const { revision, overlay, swaps } = await database.transaction(async (transaction) => {
      await transaction.query(sql`set transaction isolation level repeatable read, read only`);
      const revision = await readRevision(transaction);
      const overlay = await readOverlay(transaction, seal);
      const swaps: (() => void)[] = [];
      for (const follower of this.#followers) swaps.push(await follower(transaction));
      return { revision, overlay, swaps };
    });
    const laid = tryToLay(file, overlay.entries);
    const before = this.#current;
    if (!(laid instanceof OverlayError)) this.#current = laid;
    for (const swap of swaps) swap();
    this.#revision = revision;
    if (this.#current !== before) for (const listener of this.#listeners) listener(this.#current);
    // What fails here is found again by the next that reads.
    await sealAnew(database, seal, overlay.stale).catch(() => undefined);
    return laid instanceof OverlayError ? laid : undefined;
  }

  async #isNewest(): Promise<boolean> {
    const [row] = await this.settings.database.query<{ revision: bigint }>(
      sql`select revision from configuration_revision`,
      { limitMs: LOOK_LIMIT_MS },
    );
    return row?.revision === this.#revision;
  }
}

function tryToLay(file: Configuration, entries: readonly OverlayEntry[]): Configuration | OverlayError {
  try {
    return layOverlay(file, entries);
  } catch (error) {
    if (error instanceof OverlayError) return error;
    throw error;
  }
}
