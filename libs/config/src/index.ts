export type {
  Configuration,
  KeySettings,
  LimitSettings,
  Modules,
  RetentionSettings,
  TenantSettings,
} from './configuration.js';
export type { Environment, TransportAddress } from './environment/environment.js';
export type { ConfigurationError, Fault } from './faults/configuration-error.js';
export { loadConfiguration, type ConfigurationSource } from './load-configuration.js';
export { maskConfiguration } from './mask-configuration.js';
export { appPort } from './process/app-port.js';
export { openKeyDirectory, type AuthenticatedKey, type KeyDirectory, type Scope } from './process/key-directory.js';
export { openProcess, type AppProcess } from './process/open-process.js';
export { prepareDatabase } from './process/prepare-database.js';
export { openProcessQueue } from './process/process-queue.js';
export { runProcess, type Running } from './process/run-process.js';
export { StartError } from './process/start-error.js';
export { syncTenants } from './process/sync-tenants.js';
