import type { Logger } from '@switchyard/telemetry';

/** Does things by the clock: each once at a time, and on through failures. */
export class Clockwork {
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(private readonly logger: Logger) {}

  /** Does `work` now and every so many milliseconds; a round that is still running is not overtaken. */
  every(milliseconds: number, name: string, work: () => Promise<void>): void {
    let busy = false;
    let failing = false;
    const round = async (): Promise<void> => {
      busy = true;
      try {
        await work();
        if (failing) this.logger.info({ work: name }, 'works again');
        failing = false;
      } catch (error) {
        if (!failing) this.logger.warn({ work: name, error }, 'fails; it is tried again by the clock');
        failing = true;
      } finally {
        busy = false;
      }
    };
    const begin = (): void => {
      if (busy) return;
      const running = round().finally(() => this.#running.delete(running));
      this.#running.add(running);
    };
    this.#timers.push(setInterval(begin, milliseconds));
    begin();
  }

  /** Starts no more rounds, and resolves when those that run have ended. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#running);
  }
}
