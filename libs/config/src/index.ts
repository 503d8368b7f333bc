export type {
  Configuration,
  KeySettings,
  LimitSettings,
  Modules,
  RetentionSettings,
  TenantSettings,
} from './configuration.js';
export { describeFilled } from './catalogue/describe-filled.js';
export type { Environment, TransportAddress } from './environment/environment.js';
export type { ConfigurationError, Fault } from './faults/configuration-error.js';
export { loadConfiguration, type ConfigurationSource } from './load-configuration.js';
export { changeEntries, type Author, type ChangedEntry } from './overlay/change-entries.js';
export { COLLECTION_NAMES, collectionOf, type CollectionName } from './overlay/collections.js';
export { describeEntry } from './overlay/describe-entry.js';
export type { EntryChange } from './overlay/draft.js';
export { recordChange } from './overlay/record-change.js';
export { getEntry, listEntries, type EntryView, type ShownEntry } from './overlay/entry-view.js';
export {
  changeOfVersion,
  getVersion,
  listVersions,
  versionIn,
  type VersionChange,
  type VersionView,
} from './overlay/model-versions.js';
export { readChanges, showConfiguration } from './overlay/whole-configuration.js';
export { appPort } from './process/app-port.js';
export { openKeyDirectory, type AuthenticatedKey, type KeyDirectory, type Scope } from './process/key-directory.js';
export { CHANGED_TOPIC, type LiveConfiguration } from './process/live-configuration.js';
export { openProcess, type AppProcess } from './process/open-process.js';
export { prepareDatabase } from './process/prepare-database.js';
export { openProcessQueue } from './process/process-queue.js';
export { runProcess, type Running } from './process/run-process.js';
export { StartError } from './process/start-error.js';
export { syncTenants } from './process/sync-tenants.js';
