import type { ErrorObject } from 'ajv';
import type { Path } from '../faults/path.js';
import { suggestion } from '../faults/suggest.js';
import { CONFIGURATION_SCHEMA } from './configuration-schema.js';
import { FORMATS } from './formats.js';
import {
  isPlainList,
  isPlainMap,
  SchemaNavigator,
  takesDecimal,
  typesOf,
  type Plain,
  type PlainMap,
} from './navigate.js';
import type { Schema } from './schema.js';

/** Where a schema was not met, and in words how to mend it. */
interface Described {
  readonly path: Path;
  readonly message: string;
}

const navigator = new SchemaNavigator(CONFIGURATION_SCHEMA);

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  array: 'a list',
};

/**
 * Words one error of the validator.
 * @returns undefined for an error that only says that another one stands elsewhere
 */
export function describeError(error: ErrorObject, root: PlainMap): Described | undefined {
  const { path, schema } = locate(error.instancePath, root);
  // Of a name that is not valid, the error about the map that has it is the one that knows the name.
  if (error.propertyName !== undefined && error.keyword !== 'propertyNames') return undefined;
  switch (error.keyword) {
    case 'additionalProperties': {
      const field = String(error.params['additionalProperty']);
      return { path: [...path, field], message: unknownField(field, schema) };
    }
    case 'required':
      return { path: [...path, String(error.params['missingProperty'])], message: 'is missing; give it a value' };
    case 'propertyNames': {
      const format = schema.propertyNames?.format;
      const words = format === undefined ? 'a valid name' : FORMATS[format].words;
      return { path: [...path, String(error.params['propertyName'])], message: `must be ${words}` };
    }
    case 'discriminator': {
      const kinds = (schema.oneOf ?? []).flatMap(({ properties }) => properties?.['kind']?.const ?? []);
      return { path: [...path, 'kind'], message: `must be one of ${kinds.join(', ')}` };
    }
    case 'enum':
      return { path, message: wrongWord(error.data, schema) };
    case 'uniqueItems':
      return {
        path: [...path, Math.max(Number(error.params['i']), Number(error.params['j']))],
        message: 'stands in the list twice; keep one',
      };
    default:
      return { path, message: `must ${requirement(error, schema)}` };
  }
}

function requirement({ keyword, params, data }: ErrorObject, schema: Schema): string {
  const limit = String(params['limit']);
  switch (keyword) {
    case 'type':
      return `be ${typeWords(schema, data)}`;
    case 'format':
      return `be ${schema.format === undefined ? 'of another form' : FORMATS[schema.format].words}`;
    case 'minimum':
      return `be ${limit} or more`;
    case 'exclusiveMinimum':
      return `be more than ${limit}`;
    case 'maximum':
      return `be ${limit} or less`;
    case 'minLength':
      return 'not be empty; give it a value, or remove the key';
    case 'minItems':
      return 'have an entry; add one, or remove the key';
    case 'minProperties':
      return 'say something; add a key, or remove this one';
    default:
      return `hold to the schema (${keyword})`;
  }
}

function typeWords(schema: Schema, data: unknown): string {
  const types = typesOf(schema).map((type) => TYPE_WORDS[type] ?? type);
  const words = schema.format === undefined ? types.join(' or ') : FORMATS[schema.format].words;
  const isUnquoted = typeof data === 'number' || typeof data === 'boolean';
  return isUnquoted && schema.type === 'string' && !takesDecimal(schema) ? `${words}; put the value in quotes` : words;
}

function unknownField(field: string, schema: Schema): string {
  const known = Object.keys(schema.properties ?? {});
  const suggested = suggestion(field, known);
  if (suggested !== '') return `unknown field${suggested}`;
  const listed = known.length <= 12 ? `; known here: ${known.join(', ')}` : '; remove it, or look for its right place';
  return `unknown field${listed}`;
}

function wrongWord(value: unknown, schema: Schema): string {
  const known = (schema.enum ?? []).map(String);
  const suggested = typeof value === 'string' ? suggestion(value, known) : '';
  return `must be one of ${known.join(', ')}${suggested}`;
}

/** Reads a JSON pointer, where a number is a position only in a list, and finds the schema of the place. */
function locate(pointer: string, root: PlainMap): { readonly path: Path; readonly schema: Schema } {
  const path: (string | number)[] = [];
  let value: Plain | undefined = root;
  let schema: Schema | undefined = CONFIGURATION_SCHEMA;
  for (const escaped of pointer.split('/').slice(1)) {
    const step = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    if (isPlainList(value)) {
      path.push(Number(step));
      schema = navigator.ofItems(schema);
      value = value[Number(step)];
    } else {
      path.push(step);
      schema = navigator.ofKey(navigator.formOf(schema, value), step);
      value = isPlainMap(value) ? value[step] : undefined;
    }
  }
  return { path, schema: navigator.formOf(schema, value) ?? {} };
}
