import type { PlannedProcess } from './plan-processes.js';

/** What all processes of one installation share. */
export interface SharedEnvironment {
  readonly env: NodeJS.ProcessEnv;
  readonly host: string;
  readonly port: number;
  readonly appPortBase: number;
  readonly simulatorPort: number | undefined;
  readonly dataDirectory: string;
  readonly databaseUrl: string;
  readonly secret: string;
  /** Only the API reads it. */
  readonly adminKey: string | undefined;
}

const SECRETS = [
  'DATABASE_URL',
  'QUEUE_URL',
  'SWITCHYARD_SECRET',
  'SWITCHYARD_SECRET_PREVIOUS',
  'SWITCHYARD_ADMIN_KEY',
];

/** The environment of one process: its own port, and of the secrets only those that it needs. */
export function childEnvironment(shared: SharedEnvironment, { role, port }: PlannedProcess): NodeJS.ProcessEnv {
  const { SWITCHYARD_ADMIN_KEY: _adminKey, ...env } = shared.env;
  const common: NodeJS.ProcessEnv = {
    ...env,
    HOST: shared.host,
    PORT: String(shared.port),
    APP_PORT_BASE: String(shared.appPortBase),
    APP_PORT: String(port),
    DATA_DIR: shared.dataDirectory,
    ...(shared.simulatorPort === undefined ? {} : { SIMULATOR_PORT: String(shared.simulatorPort) }),
  };
  // It stands for a vendor, and knows what a vendor knows.
  if (role === 'simulator')
    return Object.fromEntries(Object.entries(common).filter(([name]) => !SECRETS.includes(name)));
  return {
    ...common,
    DATABASE_URL: shared.databaseUrl,
    SWITCHYARD_SECRET: shared.secret,
    ...(role === 'api' && shared.adminKey !== undefined ? { SWITCHYARD_ADMIN_KEY: shared.adminKey } : {}),
  };
}
