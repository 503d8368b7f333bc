import { ConfigurationError, type Fault } from '../faults/configuration-error.js';
import { OverlayError } from '../overlay/lay-overlay.js';
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

/** The faults of an overlay as a start tells them. */
function explainOverlay({ faults }: OverlayError): ConfigurationError {
  const entries = new Set(faults.flatMap(({ entry }) => (entry ? [`${entry.collection}/${entry.name}`] : [])));
  const told = faults.map(({ entry, field, message }): Fault => {
    const place = entry ? [`${entry.collection}/${entry.name}`, ...(field === '' ? [] : [field])].join(', ') : field;
    return { path: `overlay: ${place}`, message };
  });
  const mend =
    'was changed through the control plane and does not fit the configuration file any more. Mend the file, or take ' +
    `the change out with: node apps/cli/dist/main.js overlay drop ${[...entries].map(quote).join(' ')}`;
  return new ConfigurationError([...told, { path: `overlay: ${[...entries].join(', ')}`, message: mend }]);
}

/** As a shell takes it. */
function quote(entry: string): string {
  return /^[\w./@:-]+$/.test(entry) ? entry : `'${entry.replaceAll("'", `'\\''`)}'`;
}
