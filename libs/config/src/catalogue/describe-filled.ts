import type { Configuration } from '../configuration.js';
import { isPlainList, isPlainMap, type Plain } from '../schema/navigate.js';

/** What the catalogue filled in, as a block of lines for the operator; none where it had nothing to do. */
export function describeFilled({ filled }: Pick<Configuration, 'filled'>): readonly string[] {
  if (filled.length === 0) return [];
  const lines = filled.map(({ id, fields, date }) => {
    const said = Object.entries(fields).map(([name, value]) => `${name} ${valueText(value)}`);
    const looked = 'price' in fields ? ` (price of ${date})` : '';
    return `  ${id}: ${said.join(', ')}${looked}`;
  });
  return ['The catalogue filled in what the configuration leaves out:', ...lines];
}

/** As the file would write it, on one line. */
function valueText(value: Plain): string {
  if (isPlainList(value)) return `[${value.map(valueText).join(', ')}]`;
  if (!isPlainMap(value)) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${valueText(inner)}`)
    .join(', ')} }`;
}
