import { OverlayError } from '../overlay/lay-overlay.js';
import { explainOverlay } from './explain-overlay.js';
import { LiveConfiguration } from './live-configuration.js';

/**
 * Lays the overlay over the file for a process that starts. One that does not fit any more is refused: to leave an entry
 * out would lift a limit that somebody has set.
 * @throws ConfigurationError that names the entries, and the command that takes them out
 */
export async function openConfiguration(
  settings: Parameters<typeof LiveConfiguration.open>[0],
): Promise<LiveConfiguration> {
  try {
    return await LiveConfiguration.open(settings);
  } catch (error) {
    throw error instanceof OverlayError ? explainOverlay(error) : error;
  }
}
