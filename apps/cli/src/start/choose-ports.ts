import { createServer } from 'node:net';
import { StartError } from '@switchyard/config/launch';
import type { PlannedProcess } from './plan-processes.js';

interface PortRules {
  readonly host: string;
  /** True when the operator gave `APP_PORT_BASE`: then its ports must be free. */
  readonly named: boolean;
  readonly warn: (message: string) => unknown;
}

const FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another process. Stop that one, or set',
  EACCES: 'may not be used by this user. Set a port above 1023 with',
  EADDRNOTAVAIL: 'is not an address of this machine. Check HOST, or set',
  ENOTFOUND: 'is not an address of this machine. Check HOST, or set',
};

/** Finds out whether one may listen there. @throws StartError in one line that names the variable to change */
export async function requirePort(host: string, port: number, variable: string): Promise<void> {
  const code = await tryPort(host, port);
  if (code === undefined) return;
  throw new StartError(`Port ${port} of ${host} ${FAULTS[code] ?? `cannot be used (${code}). Set`} ${variable}.`);
}

/** Gives each process a port that is free; a default one that is taken is left aside with a warning. */
export async function choosePorts(processes: readonly PlannedProcess[], rules: PortRules): Promise<PlannedProcess[]> {
  return await Promise.all(
    processes.map(async (process) => {
      if (process.role === 'api') return process;
      if (rules.named) await requirePort(rules.host, process.port, 'APP_PORT_BASE');
      else if ((await tryPort(rules.host, process.port)) !== undefined) {
        const port = await freePort(rules.host);
        rules.warn(`Port ${process.port} is taken; ${process.name} answers health and metrics on ${port}.`);
        return { ...process, port };
      }
      return process;
    }),
  );
}

/** A port of that address that nobody listened on a moment ago. */
export async function freePort(host: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address) resolve(address.port);
        else reject(new StartError('The system gave no port.'));
      });
    });
  });
}

/** @returns undefined when one may listen there, else the system's code of what stands against it */
async function tryPort(host: string, port: number): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
