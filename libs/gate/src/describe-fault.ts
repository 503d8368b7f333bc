import type { ErrorObject } from 'ajv';
import { shortName } from './short-name.js';

/** Says what is wrong and how to mend it. @param faults of one place, each an alternative that the value missed */
export function describeFault(faults: readonly ErrorObject[]): { path: string; message: string } {
  const [fault] = faults;
  if (!fault) return { path: '', message: 'The body is not valid.' };
  const path = pathOf(fault.instancePath);
  const params: Readonly<Record<string, unknown>> = fault.params;
  if (fault.keyword === 'additionalProperties') {
    const name = joinPath(path, String(params['additionalProperty']));
    const meant = /^(request\.|selection\.)?model$/.test(name)
      ? 'name the model in `selection.modelId`'
      : 'leave it out';
    return { path: name, message: `\`${name}\` is not a field of this request; ${meant}.` };
  }
  if (fault.keyword === 'required') {
    const name = joinPath(path, String(params['missingProperty']));
    return { path: name, message: `\`${name}\` is missing; it is required here.` };
  }
  const field = path === '' ? 'The body' : `\`${path}\``;
  if (fault.propertyName !== undefined) return { path, message: `A field's name in ${field} ${wordsOf(fault)}.` };
  const kinds = faults.filter(({ keyword }) => keyword === 'type' || keyword === 'enum');
  return { path, message: `${field} ${kinds.length > 0 ? `must be ${alternatives(kinds)}` : wordsOf(fault)}.` };
}

/** `/request/messages/0/role` → `request.messages[0].role` */
export function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce(joinPath, '');
}

function joinPath(path: string, token: string): string {
  if (/^\d+$/.test(token)) return `${path}[${token}]`;
  return path === '' ? shortName(token) : `${path}.${shortName(token)}`;
}

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  null: 'null',
  number: 'a number',
  object: 'an object',
  string: 'a string',
};

function alternatives(faults: readonly ErrorObject[]): string {
  return faults
    .map(({ keyword, params }: { keyword: string; params: Readonly<Record<string, unknown>> }) =>
      keyword === 'enum' ? `one of ${listOf(params['allowedValues'])}` : kindOf(params['type']),
    )
    .join(' or ');
}

function kindOf(types: unknown): string {
  return [types]
    .flat()
    .map((type) => KINDS[String(type)] ?? String(type))
    .join(' or ');
}

function listOf(values: unknown): string {
  return Array.isArray(values) ? values.map(String).join(', ') : String(values);
}

function wordsOf(fault: ErrorObject): string {
  const { limit }: { limit?: unknown } = fault.params;
  switch (fault.keyword) {
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `must be ${rangeOf(fault)}`;
    case 'minLength':
      return limit === 1 ? 'must not be empty' : `must have at least ${String(limit)} characters`;
    case 'maxLength':
      return `must have at most ${String(limit)} characters`;
    case 'minItems':
      return limit === 1 ? 'must not be an empty list' : `must have at least ${String(limit)} items`;
    case 'maxItems':
      return `must have at most ${String(limit)} items`;
    case 'maxProperties':
      return `must have at most ${String(limit)} fields`;
    case 'pattern':
      return `must have the form of ${examplesOf(fault)}`;
    default:
      return fault.message ?? 'is not valid';
  }
}

/** Both ends, so that a second try need not meet the other one. */
function rangeOf({ parentSchema = {} }: ErrorObject): string {
  const [minimum, maximum, exclusiveMinimum] = ['minimum', 'maximum', 'exclusiveMinimum'].map((bound) => {
    const value: unknown = Reflect.get(parentSchema, bound);
    return typeof value === 'number' ? value : undefined;
  });
  if (minimum !== undefined && maximum !== undefined) return `from ${String(minimum)} to ${String(maximum)}`;
  const least = minimum === undefined ? `above ${String(exclusiveMinimum)}` : `${String(minimum)} or more`;
  if (minimum === undefined && exclusiveMinimum === undefined) return `at most ${String(maximum)}`;
  return maximum === undefined ? least : `${least} and at most ${String(maximum)}`;
}

function examplesOf({ parentSchema = {} }: ErrorObject): string {
  const { examples, pattern }: Readonly<Record<string, unknown>> = parentSchema;
  return Array.isArray(examples) ? examples.map((example) => JSON.stringify(example)).join(' or ') : String(pattern);
}
