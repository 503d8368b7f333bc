import type { Configuration } from './configuration.js';
import { CONFIGURATION_SCHEMA } from './schema/configuration-schema.js';
import { SchemaNavigator } from './schema/navigate.js';
import type { Schema } from './schema/schema.js';

const navigator = new SchemaNavigator(CONFIGURATION_SCHEMA);
const MASK = '***';

/** The configuration in the file's own form, as plain JSON, with every secret replaced by `***`. */
export function maskConfiguration({ document }: Configuration): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(document).map(([key, value]) => [key, mask(value, navigator.ofKey(CONFIGURATION_SCHEMA, key))]),
  );
}

function mask(value: unknown, schema: Schema | undefined): unknown {
  if (schema?.secret === true) return MASK;
  if (Array.isArray(value)) return value.map((item: unknown) => mask(item, navigator.ofItems(schema)));
  if (typeof value !== 'object' || value === null) return value;
  const form = navigator.formOf(schema, value);
  const entries: [string, unknown][] = Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [key, mask(item, navigator.ofKey(form, key))]));
}
