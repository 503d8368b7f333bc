import { within } from './bounded.js';

/** What the queue needs of a logger; pino's fits. */
export interface QueueLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

const PROBE_INTERVAL_MS = 500;
/** Longer than an operation may take: nobody waits for the answer, and a backend under load is not away. */
const PROBE_LIMIT_MS = 1_500;
const FAULT_LOG_INTERVAL_MS = 60_000;
/** For so long after an outage, errors may still be its own. */
const AFTERMATH_MS = 3_000;

/**
 * Whether the queue's backend answers. Errors reach it from everywhere; an error alone says nothing, so it asks the
 * backend, and logs one line when it is away and one when it is back.
 */
export class Availability {
  #state: 'unknown' | 'up' | 'away' = 'unknown';
  #awaySince = 0;
  #backSince = -AFTERMATH_MS;
  #faultLoggedAt = -FAULT_LOG_INTERVAL_MS;
  #checking: Promise<boolean> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #backListeners = new Set<() => void>();

  constructor(
    private readonly engine: string,
    private readonly probe: () => Promise<unknown>,
    private readonly logger: QueueLogger,
  ) {}

  /** False from the moment that the backend failed to answer until it answers again. */
  get up(): boolean {
    return !this.#closed && this.#state === 'up';
  }

  /** True only when it is known not to answer, or closed; before the first answer it is not. */
  get away(): boolean {
    return this.#closed || this.#state === 'away';
  }

  /** Calls the listener each time that the backend is back after having been away. */
  onBack(listener: () => void): void {
    this.#backListeners.add(listener);
  }

  /** Notes an error of any operation or connection. Never throws. */
  readonly suspect = (cause: unknown): void => {
    if (this.#closed || this.#state === 'away') return;
    void this.check(cause).then((up) => {
      if (up && performance.now() - this.#backSince > AFTERMATH_MS)
        this.logFault(cause, 'The queue reported an error, though it answers.');
    });
  };

  /** Notes how the first question ended, which is the opener's: undefined when the backend answered. */
  begin(failure: unknown): void {
    if (failure === undefined) this.#becomeUp();
    else this.#becomeAway(failure);
  }

  /** Asks the backend now. @returns whether it answered within 1.5 s. */
  check(cause?: unknown): Promise<boolean> {
    this.#checking ??= this.#ask(cause).finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  /** Logs an error that is not the backend's being away: at most one a minute. */
  logFault(cause: unknown, message: string): void {
    const now = performance.now();
    if (this.#closed || now - this.#faultLoggedAt < FAULT_LOG_INTERVAL_MS) return;
    this.#faultLoggedAt = now;
    this.logger.warn({ engine: this.engine, error: messageOf(cause) }, message);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #ask(cause: unknown): Promise<boolean> {
    try {
      await within(PROBE_LIMIT_MS, this.probe());
      this.#becomeUp();
      return true;
    } catch (error) {
      this.#becomeAway(cause ?? error);
      return false;
    }
  }

  #becomeUp(): void {
    const wasAway = this.#state === 'away';
    this.#state = 'up';
    if (!wasAway || this.#closed) return;
    this.#backSince = performance.now();
    this.logger.info(
      { engine: this.engine, awayMs: Math.round(this.#backSince - this.#awaySince) },
      'The queue is back.',
    );
    for (const listener of this.#backListeners) listener();
  }

  #becomeAway(cause: unknown): void {
    if (this.#closed) return;
    if (this.#state !== 'away') {
      this.#state = 'away';
      this.#awaySince = performance.now();
      this.logger.warn(
        { engine: this.engine, error: messageOf(cause) },
        'The queue is away. Jobs are still accepted; workers take them on a timer.',
      );
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.check(), PROBE_INTERVAL_MS).unref();
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
