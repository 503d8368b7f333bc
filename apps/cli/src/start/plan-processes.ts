import { PROVIDER_KINDS, workerOf, type ProviderKind } from '@switchyard/contract';

/** What is started beside the database, in the order in which it is started. */
export interface ProcessPlan {
  readonly processes: readonly PlannedProcess[];
  /** What the operator should know, a line each. */
  readonly warnings: readonly string[];
}

export interface PlannedProcess {
  /** Of its folder below `apps`; a worker's command line holds it. */
  readonly name: string;
  readonly role: 'api' | 'courier' | 'simulator' | 'worker';
  /** Of its health and metrics; the API's is the product's own. */
  readonly port: number;
}

/** The part of the configuration that decides what runs. */
export interface PlannedConfiguration {
  readonly modules: Readonly<Record<string, boolean>>;
  readonly providers: ReadonlyMap<string, { readonly kind: ProviderKind }>;
}

const COURIER_OFFSET = 0;
const SIMULATOR_OFFSET = 1;
const FIRST_WORKER_OFFSET = 10;

/**
 * Decides what `start` runs: a worker for each kind of provider that is switched on, and what else the file leaves on.
 * @param isBuilt Whether this build has that app.
 */
export function planProcesses(
  { modules, providers }: PlannedConfiguration,
  ports: { readonly api: number; readonly base: number },
  isBuilt: (app: string) => boolean,
): ProcessPlan {
  const processes: PlannedProcess[] = [];
  const warnings: string[] = [];
  const add = (process: PlannedProcess, loss: string): void => {
    if (isBuilt(process.name)) processes.push(process);
    else warnings.push(`This build has no ${process.name}: ${loss}.`);
  };
  if (modules['simulator'] === true) {
    add({ name: 'simulator', role: 'simulator', port: ports.base + SIMULATOR_OFFSET }, 'the simulator is not started');
  }
  if (modules['courier'] === true) {
    add({ name: 'courier', role: 'courier', port: ports.base + COURIER_OFFSET }, 'no webhook is sent');
  }
  for (const [name, served] of workersOf({ modules, providers })) {
    const port = ports.base + FIRST_WORKER_OFFSET + PROVIDER_KINDS.findIndex((kind) => workerOf(kind) === name);
    add({ name, role: 'worker', port }, `jobs of ${served.join(', ')} wait until one runs elsewhere`);
  }
  add({ name: 'api', role: 'api', port: ports.api }, 'nothing can be submitted');
  return { processes, warnings };
}

/** The names of the providers that each worker serves, workers in the order of the layout. */
function workersOf({ modules, providers }: PlannedConfiguration): ReadonlyMap<string, string[]> {
  const workers = new Map<string, string[]>();
  for (const kind of PROVIDER_KINDS) {
    for (const [name, provider] of providers) {
      if (provider.kind !== kind || modules[name] === false) continue;
      const served = workers.get(workerOf(kind));
      if (served) served.push(name);
      else workers.set(workerOf(kind), [name]);
    }
  }
  return workers;
}
