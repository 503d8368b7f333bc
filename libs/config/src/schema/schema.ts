import type { FormatName } from './formats.js';

export type SchemaType = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array';

/** The part of JSON Schema that the file is described with. */
export type Schema = {
  readonly type?: SchemaType | readonly SchemaType[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly (string | number)[];
  readonly const?: string;
  readonly format?: FormatName;
  readonly oneOf?: readonly Schema[];
  readonly discriminator?: { readonly propertyName: string };
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  /** Our own keyword: the value is never shown. */
  readonly secret?: boolean;
};

type Properties = Readonly<Record<string, Schema>>;

/** A map that takes these keys and no other. */
export function closedMap(properties: Properties, required: readonly string[] = []): Schema {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** A map from names of the author's choice. */
export function mapOf(value: Schema, names: FormatName): Schema {
  return { type: 'object', additionalProperties: value, propertyNames: { type: 'string', format: names } };
}

export function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

export function oneOfWords(words: readonly string[]): Schema {
  return { type: 'string', enum: words };
}

export function textIn(format: FormatName): Schema {
  return { type: 'string', format };
}

export function integerFrom(minimum: number): Schema {
  return { type: 'integer', minimum, maximum: Number.MAX_SAFE_INTEGER };
}

/** A whole number of at least and at most so much. */
export function integerBetween(minimum: number, maximum: number): Schema {
  return { type: 'integer', minimum, maximum };
}

/** Any text but the empty one. */
export const TEXT: Schema = { type: 'string', minLength: 1 };

/** Text that is never shown. */
export const SECRET: Schema = { type: 'string', minLength: 1, secret: true };

export const SWITCH: Schema = { type: 'boolean' };

/** 0 to 1. */
export const FRACTION: Schema = { type: 'number', minimum: 0, maximum: 1 };

/** A share among others: any number above 0. */
export const WEIGHT: Schema = { type: 'number', exclusiveMinimum: 0 };

/** An amount of dollars as decimal text; a number of the file becomes the text that stands there. */
export const DECIMAL: Schema = { type: 'string', format: 'price' };

/** A count of bytes, or text like `4GiB`. */
export const SIZE: Schema = {
  type: ['integer', 'string'],
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  format: 'size',
};

/** A map whose content is another program's matter. */
export const OPEN_MAP: Schema = { type: 'object', additionalProperties: true };
