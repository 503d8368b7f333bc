/** What a process needs that starts the others: settings and a prepared database, and nothing that an app stands on. */
export type { Configuration } from './configuration.js';
export type { Environment } from './environment/environment.js';
export { readEnvironment } from './environment/read-environment.js';
export { changeEntries } from './overlay/change-entries.js';
export type { EntryChange } from './overlay/draft.js';
export { isCollection } from './overlay/collections.js';
export { listOverlay } from './overlay/list-overlay.js';
export { loadConfiguration } from './load-configuration.js';
export { adminKeyState, unusableAdminKey, type RootSecrets } from './process/admin-key-state.js';
export { prepareDatabase } from './process/prepare-database.js';
export { followConfiguration, type FollowedConfiguration } from './process/follow-configuration.js';
export { StartError } from './process/start-error.js';
export { ensureSecret } from './secret-file.js';
