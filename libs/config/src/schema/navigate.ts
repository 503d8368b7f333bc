import type { Schema, SchemaType } from './schema.js';

/** Plain data of a file: what JSON can say. */
export type Plain = string | number | boolean | null | readonly Plain[] | PlainMap;
export type PlainMap = { readonly [key: string]: Plain };

export function isPlainMap(value: Plain | undefined): value is PlainMap {
  return typeof value === 'object' && value !== null && !isPlainList(value);
}

export function isPlainList(value: Plain | undefined): value is readonly Plain[] {
  return Array.isArray(value);
}

/** The types that a place takes; none where anything goes or nothing is known. */
export function typesOf(schema: Schema | undefined): readonly SchemaType[] {
  const type = schema?.type;
  if (type === undefined) return [];
  return typeof type === 'string' ? [type] : type;
}

/** Whether a number that stands at a place is kept digit for digit, as text. */
export function takesDecimal(schema: Schema | undefined): boolean {
  const format = schema?.format;
  return format === 'price' || format === 'budget-limit' || format === 'batch-factor';
}

/** Finds the schema under a schema: of a map's key, of a list's entries. */
export class SchemaNavigator {
  constructor(private readonly root: Schema) {}

  ofKey(schema: Schema | undefined, key: string): Schema | undefined {
    if (!schema) return undefined;
    const { properties, patternProperties, additionalProperties } = schema;
    if (properties && Object.hasOwn(properties, key)) return this.#follow(properties[key]);
    for (const [pattern, value] of Object.entries(patternProperties ?? {})) {
      if (new RegExp(pattern, 'u').test(key)) return this.#follow(value);
    }
    return typeof additionalProperties === 'object' ? this.#follow(additionalProperties) : undefined;
  }

  ofItems(schema: Schema | undefined): Schema | undefined {
    return this.#follow(schema?.items);
  }

  /** Of a map that comes in several forms, the schema of the form that a value has. */
  formOf(schema: Schema | undefined, value: unknown): Schema | undefined {
    const name = schema?.discriminator?.propertyName;
    if (name === undefined || typeof value !== 'object' || value === null) return schema;
    const kind: unknown = new Map<string, unknown>(Object.entries(value)).get(name);
    return schema?.oneOf?.find(({ properties }) => properties?.[name]?.const === kind) ?? schema;
  }

  #follow(schema: Schema | undefined): Schema | undefined {
    const name = schema?.$ref?.replace('#/$defs/', '');
    return name === undefined ? schema : this.root.$defs?.[name];
  }
}
