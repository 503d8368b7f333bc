import { FORMATS } from '../schema/formats.js';
import { CONDITION } from '../schema/routing-schema.js';
import type { Schema } from '../schema/schema.js';
import { collectionOf, type CollectionName } from './collections.js';

/** Below this a condition within a condition is told as an object. */
const DEEPEST = 2;

/** The JSON schema of an entry's body as it is sent, for people and programs that read a description of the API. */
export function describeEntry(collection: CollectionName): object {
  const { schema, key } = collectionOf(collection);
  // The path says it.
  return { ...describe(schema), required: (schema.required ?? []).filter((field) => field !== key) };
}

/** Our formats are no one else's: they go into words. A condition holds conditions; one level of it is shown. */
function describe(schema: Schema, depth = 0): object {
  if (schema.$ref !== undefined) return depth > DEEPEST ? { type: 'object' } : describe(CONDITION, depth);
  const { format, secret, discriminator: _read, propertyNames: _names, ...rest } = schema;
  const { properties, items, additionalProperties, patternProperties, oneOf, ...plain } = rest;
  const inner = (each: Schema): object => describe(each, depth + 1);
  return {
    ...plain,
    ...(properties ? { properties: mapValues(properties, inner) } : {}),
    ...(patternProperties ? { patternProperties: mapValues(patternProperties, inner) } : {}),
    ...(items ? { items: inner(items) } : {}),
    ...(oneOf ? { oneOf: oneOf.map(inner) } : {}),
    ...(additionalProperties === undefined ? {} : { additionalProperties: ofOthers(additionalProperties, inner) }),
    ...(format === undefined ? {} : { description: `Must be ${FORMATS[format].words}.` }),
    ...(secret === true ? { writeOnly: true } : {}),
  };
}

function ofOthers(schema: Schema | boolean, inner: (schema: Schema) => object): object | boolean {
  return typeof schema === 'object' ? inner(schema) : schema;
}

function mapValues(
  schemas: Readonly<Record<string, Schema>>,
  inner: (schema: Schema) => object,
): Readonly<Record<string, object>> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, inner(schema)]));
}
