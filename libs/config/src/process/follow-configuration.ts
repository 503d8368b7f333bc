import { openDatabase } from '@switchyard/database';
import type { Logger } from '@switchyard/telemetry';
import type { Configuration } from '../configuration.js';
import { openSeal } from '../overlay/sealed-secrets.js';
import type { RootSecrets } from './admin-key-state.js';
import type { LiveConfiguration } from './live-configuration.js';
import { openConfiguration } from './open-configuration.js';

/** What is in force, for a process that starts the others. */
export interface FollowedConfiguration {
  readonly configuration: Pick<LiveConfiguration, 'current' | 'onChange'>;
  close(): Promise<void>;
}

/**
 * Lays what was changed through the control plane over the file, as each app does when it starts, and follows it from
 * then on over a connection of its own: whoever starts several apps tells of a fault once, and before any of them runs.
 * @throws ConfigurationError as they do
 */
export async function followConfiguration(
  databaseUrl: string,
  file: Configuration,
  { secrets, logger }: { readonly secrets: RootSecrets; readonly logger: Logger },
): Promise<FollowedConfiguration> {
  const database = openDatabase({ url: databaseUrl, applicationName: 'switchyard start', poolSize: 1 });
  try {
    const configuration = await openConfiguration({ file, database, seal: openSeal(secrets), logger });
    await configuration.watch();
    return {
      configuration,
      async close() {
        await configuration.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
