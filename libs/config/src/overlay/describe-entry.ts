import { FORMATS } from '../schema/formats.js';
import type { Schema } from '../schema/schema.js';
import { COLLECTIONS, type CollectionName } from './collections.js';

/** The JSON schema of an entry's body as it is sent, for people and programs that read a description of the API. */
export function describeEntry(collection: CollectionName): object {
  const { properties = {}, required = [] } = COLLECTIONS[collection].schema;
  return {
    ...describe(COLLECTIONS[collection].schema),
    properties: Object.fromEntries(Object.entries(properties).map(([field, schema]) => [field, describe(schema)])),
    // The path says it.
    required: required.filter((field) => field !== 'name'),
  };
}

/** Our formats are no one else's: they go into words. */
function describe({ format, secret, properties: _properties, items, ...schema }: Schema): object {
  return {
    ...schema,
    ...(items ? { items: describe(items) } : {}),
    ...(format === undefined ? {} : { description: `Must be ${FORMATS[format].words}.` }),
    ...(secret === true ? { writeOnly: true } : {}),
  };
}
