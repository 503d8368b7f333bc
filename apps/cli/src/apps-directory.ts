import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder `apps`, seen from `apps/cli/src` as well as from `apps/cli/dist`. */
export const APPS_DIRECTORY = resolve(import.meta.dirname, '..', '..');

/** The file that starts an app. */
export function appScript(app: string, directory: string = APPS_DIRECTORY): string {
  return join(directory, app, 'dist', 'main.js');
}

/** Whether this build has that app. */
export function isBuilt(app: string, directory: string = APPS_DIRECTORY): boolean {
  return existsSync(appScript(app, directory));
}
