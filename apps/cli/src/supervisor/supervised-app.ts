import type { Logger } from '@switchyard/telemetry/logging';
import { startApp, type AppCommand, type AppExit, type AppProcess } from './app-process.js';
import { restartDelay } from './restart-backoff.js';

/** Says what a supervisor does. */
export type SupervisorLogger = Pick<Logger, 'info' | 'warn'>;

interface SupervisedAppOptions {
  readonly command: AppCommand;
  readonly logger: SupervisorLogger;
  /** Takes every line that the app writes. */
  readonly onLine: (text: string) => void;
}

/** An app that is started again whenever it ends, until it is stopped. */
export class SupervisedApp {
  readonly name: string;
  readonly #options: SupervisedAppOptions;
  readonly #endListeners = new Set<(exit: AppExit) => void>();
  #process: AppProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #delayMs: number | undefined;
  #stopping = false;

  constructor(options: SupervisedAppOptions) {
    this.#options = options;
    this.name = options.command.name;
    this.#start();
  }

  /** Called each time that the app ends without having been told to. */
  onUnexpectedEnd(listener: (exit: AppExit) => void): void {
    this.#endListeners.add(listener);
  }

  /**
   * Ends the app: SIGTERM, and SIGKILL when it is still there after the limit.
   * @param hurry When it is aborted, SIGKILL comes at once.
   */
  async stop(limitMs: number, hurry?: AbortSignal): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    const process = this.#process;
    if (!process) return;
    const kill = (): void => process.signal('SIGKILL');
    process.signal('SIGTERM');
    const timer = setTimeout(() => {
      this.#options.logger.warn({ limitMs }, `${this.name} did not end in time and was killed`);
      kill();
    }, limitMs);
    if (hurry?.aborted) kill();
    hurry?.addEventListener('abort', kill, { once: true });
    await process.ended;
    clearTimeout(timer);
    hurry?.removeEventListener('abort', kill);
  }

  #start(): void {
    const { command, onLine } = this.#options;
    const startedAt = performance.now();
    const process = startApp(command, onLine);
    this.#process = process;
    void process.ended.then((exit) => {
      this.#process = undefined;
      if (!this.#stopping) this.#startAgain(exit, performance.now() - startedAt);
    });
  }

  #startAgain(exit: AppExit, uptimeMs: number): void {
    const delayMs = restartDelay(this.#delayMs, uptimeMs);
    this.#delayMs = delayMs;
    this.#restart = setTimeout(() => this.#start(), delayMs);
    this.#options.logger.warn({ cause: exit.cause }, `${this.name} ended; it is started again in ${delayMs / 1000} s`);
    for (const listener of this.#endListeners) listener(exit);
  }
}
