import { ConfigurationError } from '../faults/configuration-error.js';
import { openProcess, type AppProcess } from './open-process.js';
import { reasonOf } from './reason-of.js';

/** A part of a process that has been started. */
export interface Running {
  /** Ends it: no new work, what runs is ended or put back. Takes at most the grace. */
  stop(): Promise<void>;
}

/** A process that has not ended this long after it was told to, in milliseconds, ends itself. */
const STOP_LIMIT_MS = 9_000;

/**
 * Runs an app from the environment to the signal that ends it. A start that fails says why, a line for each fault, and
 * ends with status 1; SIGTERM, SIGINT or the end of a supervising parent stop it, a second signal at once.
 */
export async function runProcess(name: string, start: (app: AppProcess) => Promise<Running>): Promise<void> {
  let app: AppProcess | undefined;
  try {
    app = await openProcess(name, process.env);
    const running = await start(app);
    stopOnSignal(app, running);
  } catch (error) {
    for (const line of explain(error)) process.stderr.write(`${name}: ${line}\n`);
    await app?.close().catch(() => undefined);
    process.exit(1);
  }
}

function explain(error: unknown): readonly string[] {
  if (error instanceof ConfigurationError) return error.faults.map((fault) => `${fault.path}: ${fault.message}`);
  return [reasonOf(error)];
}

function stopOnSignal(app: AppProcess, running: Running): void {
  let stopping = false;
  const stop = (cause: string): void => {
    if (stopping) return;
    stopping = true;
    app.logger.info({ cause }, 'stopping');
    setTimeout(() => {
      app.logger.error(
        { limitMs: STOP_LIMIT_MS },
        'stopping took too long; the process ends with what it was doing undone',
      );
      process.exit(1);
    }, STOP_LIMIT_MS).unref();
    void finish(app, running);
  };
  const onSignal = (signal: string): void => {
    if (stopping) process.exit(1);
    stop(signal);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  stopWithSupervisor(stop);
  process.on('unhandledRejection', (error) => {
    app.logger.error({ error }, 'a failure that nobody handled; the process ends');
    process.exitCode = 1;
    stop('unhandled failure');
  });
}

/** A supervisor that is gone cannot stop what it started. It may have gone before anybody listened. */
function stopWithSupervisor(stop: (cause: string) => void): void {
  if (process.env['SWITCHYARD_SUPERVISED'] !== '1') return;
  const cause = 'the supervisor is gone';
  process.on('disconnect', () => stop(cause));
  if (process.connected === false) stop(cause);
}

async function finish(app: AppProcess, running: Running): Promise<void> {
  try {
    await running.stop();
    await app.close();
  } catch (error) {
    app.logger.error({ error }, 'stopping failed');
    process.exitCode = 1;
  }
  process.exit();
}
