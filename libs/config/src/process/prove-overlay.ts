import { openDatabase } from '@switchyard/database';
import type { Configuration } from '../configuration.js';
import { layOverlay, OverlayError } from '../overlay/lay-overlay.js';
import { readOverlay } from '../overlay/overlay-rows.js';
import { openSeal } from '../overlay/sealed-secrets.js';
import type { RootSecrets } from './admin-key-state.js';
import { explainOverlay } from './explain-overlay.js';

/**
 * Holds what was changed through the control plane against the file, as each app does when it starts: whoever starts
 * several of them tells of a fault once, and before any of them runs.
 * @throws ConfigurationError as they do
 */
export async function proveOverlay(databaseUrl: string, file: Configuration, secrets: RootSecrets): Promise<void> {
  const database = openDatabase({ url: databaseUrl, applicationName: 'switchyard start', poolSize: 1 });
  try {
    layOverlay(file, (await readOverlay(database, openSeal(secrets))).entries);
  } catch (error) {
    throw error instanceof OverlayError ? explainOverlay(error) : error;
  } finally {
    await database.close();
  }
}
