import { startApp, until, type AppProcess, type TcpProxy } from '@switchyard/stage';
import { setTimeout as sleep } from 'node:timers/promises';

/** The part that a process plays. */
export type Role = 'api-1' | 'api-2' | 'courier' | 'worker-1' | 'worker-2' | 'simulator';

/** The lines over which a process talks to others; each can be poisoned alone. */
export interface Lines {
  readonly database: TcpProxy;
  readonly queue: TcpProxy;
  readonly vendor: TcpProxy;
}

/** A clock that is wrong, in milliseconds, and after how many of them it steps back to the truth. */
export interface WrongClock {
  readonly offByMs: number;
  readonly stepsBackAfterMs?: number;
}

/** How a process that was told to stop has ended. */
export interface Stopped {
  readonly code: number | null;
  readonly milliseconds: number;
}

export interface ActorSettings {
  readonly role: Role;
  /** The folder of its app. */
  readonly app: string;
  readonly port: number;
  readonly env: NodeJS.ProcessEnv;
  /** Undefined for the vendor, which nobody cuts off. */
  readonly lines: Lines | undefined;
  /** Told of a process that was ready and ended without being told to. */
  readonly onAccident: (text: string) => void;
}

const READY_LIMIT_MS = 60_000;
const RESTART_PAUSE_MS = 500;
const LAST_LINES = 5;

/** One process of the product. Somebody who watches over it starts it again when it ends by itself, as a supervisor does. */
export class Actor {
  #process: AppProcess | undefined;
  /** It runs because it should. */
  #wanted = false;
  #watch: Promise<void> = Promise.resolve();

  constructor(private readonly settings: ActorSettings) {}

  get role(): Role {
    return this.settings.role;
  }

  get port(): number {
    return this.settings.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.settings.port}`;
  }

  /** Undefined while it does not run. */
  get pid(): number | undefined {
    return this.#process?.running === true ? this.#process.pid : undefined;
  }

  get lines(): Lines {
    if (!this.settings.lines) throw new Error(`${this.role} has no lines.`);
    return this.settings.lines;
  }

  /** Starts it and resolves when it is ready. @param clock Default: a right one. */
  async start(clock?: WrongClock): Promise<void> {
    this.#wanted = true;
    await this.#launch(clock);
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    this.#wanted = false;
    await this.#process?.end('SIGKILL');
    await this.#watch;
  }

  /** Tells it to stop and waits until it has ended. */
  async stop(): Promise<Stopped> {
    this.#wanted = false;
    const toldAt = performance.now();
    const code = (await this.#process?.end('SIGTERM')) ?? null;
    await this.#watch;
    return { code, milliseconds: performance.now() - toldAt };
  }

  signal(signal: NodeJS.Signals): void {
    const { pid } = this;
    if (pid !== undefined) process.kill(pid, signal);
  }

  async #launch(clock: WrongClock | undefined): Promise<void> {
    const { app, env, port } = this.settings;
    const started = startApp(app, { ...env, ...clockVariables(clock) }, { supervised: true });
    this.#process = started;
    await until(
      `${this.role} ready`,
      async () => !started.running || (await isReady(port)),
      READY_LIMIT_MS,
      () => lastWords(started),
    );
    const wasReady = started.running;
    this.#watch = started.ended.then(async ({ code, signal }) => {
      if (!this.#wanted) return;
      const how = signal ?? `status ${String(code)}`;
      if (wasReady) this.settings.onAccident(`${this.role} ended by itself (${how}): ${lastWords(started)}`);
      await sleep(RESTART_PAUSE_MS);
      if (this.#wanted) await this.#launch(clock).catch((error: unknown) => this.#giveUp(error));
    });
    if (!wasReady) await this.#watch;
  }

  #giveUp(error: unknown): void {
    this.settings.onAccident(error instanceof Error ? error.message : String(error));
  }
}

async function isReady(port: number): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${port}/health/ready`).then(
    (answer) => answer.ok,
    () => false,
  );
}

function clockVariables(clock: WrongClock | undefined): NodeJS.ProcessEnv {
  if (!clock) return {};
  const step = clock.stepsBackAfterMs;
  return {
    CHAOS_CLOCK_MS: String(clock.offByMs),
    ...(step === undefined ? {} : { CHAOS_CLOCK_STEP_MS: String(step) }),
  };
}

function lastWords(app: AppProcess): string {
  return app.output().trim().split('\n').slice(-LAST_LINES).join(' | ');
}
