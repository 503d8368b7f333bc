import { StartError } from '@switchyard/config/launch';
import { setTimeout as sleep } from 'node:timers/promises';
import { SupervisedApp, type SupervisorLogger } from '../supervisor/supervised-app.js';
import { waitUntilReady } from '../supervisor/wait-until-ready.js';
import type { AppCommand, AppExit } from '../supervisor/app-process.js';
import type { PlannedProcess } from './plan-processes.js';

interface Member {
  readonly process: PlannedProcess;
  readonly app: SupervisedApp;
}

interface FleetOptions {
  readonly host: string;
  readonly logger: SupervisorLogger;
  readonly onLine: (app: string, text: string) => void;
}

interface ReadyOptions {
  /** Whether an app besides the API that does not start fails the start. */
  readonly strict: boolean;
  readonly signal: AbortSignal;
}

const API_LIMIT_MS = 60_000;
const OTHERS_LIMIT_MS = 20_000;
/** The API may meet a port or a database that is only just coming free; the second end is a fault. */
const API_ENDS = 2;

/** When each role is killed at the latest, in milliseconds from the moment of stopping, in the order of stopping. */
const STOP_ORDER = [
  { roles: ['worker'], byMs: 5_500 },
  { roles: ['api'], byMs: 7_000 },
  { roles: ['courier'], byMs: 7_800 },
  { roles: ['simulator'], byMs: 8_300 },
] as const;

/** The product's apps that this process has started and keeps running. */
export class AppFleet {
  readonly #members: Member[] = [];
  #stopped = false;

  constructor(private readonly options: FleetOptions) {}

  /** Starts an app, unless everything was told to end. */
  start(process: PlannedProcess, command: AppCommand): void {
    if (this.#stopped) return;
    const { logger, onLine } = this.options;
    const app = new SupervisedApp({ command, logger, onLine: (text) => onLine(process.name, text) });
    this.#members.push({ process, app });
  }

  /**
   * Resolves when the API is ready, and each other app is or was reported: what cannot start leaves the others serving.
   * @throws StartError when the API does not start, or another does not and the start is strict
   */
  async waitUntilReady({ strict, signal }: ReadyOptions): Promise<void> {
    await Promise.all(
      this.#members.map(async (member) => {
        const required = member.process.role === 'api';
        try {
          await this.#ready(member, required ? API_ENDS : 1, required ? API_LIMIT_MS : OTHERS_LIMIT_MS, signal);
        } catch (error) {
          if (required || strict || signal.aborted || !(error instanceof StartError)) throw error;
          this.options.logger.warn({}, `${error.message} The others serve; it is tried again.`);
        }
      }),
    );
  }

  /** Ends workers, API, courier and simulator, in this order, within about eight seconds. */
  async stop(hurry: AbortSignal): Promise<void> {
    this.#stopped = true;
    const began = performance.now();
    for (const { roles, byMs } of STOP_ORDER) {
      const members = this.#members.filter(({ process }) => (roles as readonly string[]).includes(process.role));
      const limitMs = Math.max(byMs - (performance.now() - began), 200);
      await Promise.all(members.map(({ app }) => app.stop(limitMs, hurry)));
    }
  }

  async #ready({ process, app }: Member, ends: number, limitMs: number, signal: AbortSignal): Promise<void> {
    const { name, port } = process;
    const done = new AbortController();
    const until = AbortSignal.any([signal, done.signal]);
    let left = ends;
    const ended = new Promise<never>((_, reject) => {
      app.onUnexpectedEnd(({ cause, lastWords }: AppExit) => {
        left -= 1;
        if (left <= 0) reject(new StartError(`${name} does not start (${cause}). ${lastWords}`.trim()));
      });
    });
    const late = sleep(limitMs, undefined, { signal: until }).then(() => {
      throw new StartError(`${name} is not ready after ${limitMs / 1000} s.`);
    });
    try {
      await Promise.race([waitUntilReady(`http://${urlHost(this.options.host)}:${port}`, until), ended, late]);
    } finally {
      done.abort();
      ended.catch(() => undefined);
      late.catch(() => undefined);
    }
  }
}

/** The address at which this machine reaches what listens on `host`. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::' || host === '[::]') return '[::1]';
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
