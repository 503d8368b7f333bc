/** Where the simulator listens and what it logs. */
interface Environment {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string | undefined;
}

const STANDARD_PORT = 3_000;
const PORT_BASE_ABOVE = 100;
/** The simulator's place among the ports of the other processes. */
const PLACE = 1;

function readPort(variables: NodeJS.ProcessEnv, name: string): number | undefined {
  const text = variables[name]?.trim();
  if (text === undefined || text === '') return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (port < 0 || port > 65_535) throw new Error(`${name} is "${text}"; it must be a port from 0 to 65535.`);
  return port;
}

/**
 * Reads `SIMULATOR_PORT` (else `APP_PORT_BASE` + 1, that being `PORT` + 100 unless given), `HOST` and `LOG_LEVEL`.
 * @throws Error that names the variable at fault.
 */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const base = readPort(variables, 'APP_PORT_BASE') ?? (readPort(variables, 'PORT') ?? STANDARD_PORT) + PORT_BASE_ABOVE;
  return {
    host: variables['HOST']?.trim() || '127.0.0.1',
    port: readPort(variables, 'SIMULATOR_PORT') ?? base + PLACE,
    logLevel: variables['LOG_LEVEL'],
  };
}
