import { ConfigurationError, type Fault } from '../faults/configuration-error.js';
import type { OverlayError } from '../overlay/lay-overlay.js';

/** The faults of an overlay as a start tells them, and the command that takes out what is at fault. */
export function explainOverlay({ faults }: OverlayError): ConfigurationError {
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
