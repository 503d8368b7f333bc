import type { Configuration } from './configuration.js';
import { MASK } from './overlay/secret-places.js';
import { CONFIGURATION_SCHEMA } from './schema/configuration-schema.js';
import { isPlainList, isPlainMap, SchemaNavigator, type Plain, type PlainMap } from './schema/navigate.js';
import type { Schema } from './schema/schema.js';

const navigator = new SchemaNavigator(CONFIGURATION_SCHEMA);

/** The configuration in the file's own form, as plain JSON, with every secret replaced by `***`. */
export function maskConfiguration({ document }: Configuration): PlainMap {
  return maskMap(document, CONFIGURATION_SCHEMA);
}

function mask(value: Plain, schema: Schema | undefined): Plain {
  if (schema?.secret === true) return MASK;
  if (isPlainList(value)) return value.map((item) => mask(item, navigator.ofItems(schema)));
  return isPlainMap(value) ? maskMap(value, navigator.formOf(schema, value)) : value;
}

function maskMap(map: PlainMap, schema: Schema | undefined): PlainMap {
  return Object.fromEntries(Object.entries(map).map(([key, item]) => [key, mask(item, navigator.ofKey(schema, key))]));
}
