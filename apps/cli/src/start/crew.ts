import type { Configuration } from '@switchyard/config/launch';
import { appScript, isBuilt } from '../apps-directory.js';
import type { AppCommand } from '../supervisor/app-process.js';
import type { SupervisorLogger } from '../supervisor/supervised-app.js';
import type { AppFleet } from './app-fleet.js';
import { childEnvironment, type SharedEnvironment } from './child-environment.js';
import { choosePorts } from './choose-ports.js';
import { planProcesses, type PlannedProcess } from './plan-processes.js';

interface CrewOptions {
  readonly fleet: Pick<AppFleet, 'start'>;
  readonly logger: SupervisorLogger;
  readonly shared: Omit<SharedEnvironment, 'simulatorPort'>;
  /** Whether the operator gave `APP_PORT_BASE`. */
  readonly portsAreNamed: boolean;
  readonly workingDirectory: string;
  readonly appsDirectory: string;
  /** Warnings of the plan that were told already. */
  readonly told: readonly string[];
}

/**
 * The apps that the configuration needs. One that it comes to need is started; one that it needs no longer runs on with
 * nothing to do, since jobs may still end in it.
 */
export class Crew {
  readonly #started = new Set<string>();
  readonly #told: Set<string>;
  #simulatorPort: number | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(private readonly options: CrewOptions) {
    this.#told = new Set(options.told);
  }

  /** Starts processes whose ports are chosen. */
  start(processes: readonly PlannedProcess[]): void {
    this.#simulatorPort ??= processes.find(({ role }) => role === 'simulator')?.port;
    for (const process of processes) {
      this.#started.add(process.name);
      this.options.fleet.start(process, this.#commandOf(process));
    }
  }

  /** Starts what this configuration needs and nobody has started yet. Never rejects: what cannot start is told of. */
  join(configuration: Pick<Configuration, 'modules' | 'providers'>): Promise<void> {
    this.#turn = this.#turn
      .then(() => this.#join(configuration))
      .catch((error: unknown) => {
        this.options.logger.warn({ error }, 'an app that the configuration needs now cannot be started');
      });
    return this.#turn;
  }

  async #join(configuration: Pick<Configuration, 'modules' | 'providers'>): Promise<void> {
    const { shared, logger, portsAreNamed, appsDirectory } = this.options;
    const ports = { api: shared.port, base: shared.appPortBase };
    const { processes, warnings } = planProcesses(configuration, ports, (app) => isBuilt(app, appsDirectory));
    for (const warning of warnings.filter((each) => !this.#told.has(each))) {
      this.#told.add(warning);
      logger.warn({}, warning);
    }
    const missing = processes.filter(({ name }) => !this.#started.has(name));
    if (missing.length === 0) return;
    const warn = (message: string): void => logger.warn({}, message);
    this.start(await choosePorts(missing, { host: shared.host, named: portsAreNamed, warn }));
    for (const { name } of missing) logger.info({}, `${name} is started, which the configuration needs now`);
  }

  #commandOf(process: PlannedProcess): AppCommand {
    const { shared, workingDirectory, appsDirectory } = this.options;
    const env = childEnvironment({ ...shared, simulatorPort: this.#simulatorPort }, process);
    return { name: process.name, script: appScript(process.name, appsDirectory), env, workingDirectory };
  }
}
