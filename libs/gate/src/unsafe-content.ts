import { GatewayError } from '@switchyard/contract';
import { shortName } from './short-name.js';

/** Levels of lists and objects in a body. What people send stays under thirty; every walk over a body may recurse. */
const MOST_LEVELS = 64;
/** Fields of a path that are told: enough to find the place. */
const MOST_FIELDS_TOLD = 8;

/** What is wrong with a value, and where below it. */
interface Fault {
  readonly reason: string;
  /** From the innermost field to the outermost, as it is put together on the way out. */
  readonly path: string[];
}

const TOO_DEEP = `is nested deeper than ${MOST_LEVELS} levels; send a flatter value`;
const UNSTORABLE = 'holds a NUL character or half of a surrogate pair; send well-formed text';
const NO_NUMBER = 'is a number too large to be kept; send it as a string';
const PROTOTYPE = 'has a field named `__proto__`, which is not taken; rename it';

/**
 * Refuses what no part of the product may meet in a body of JSON: nesting without end, text that no database can hold,
 * numbers that JSON can write and nothing can keep, and fields that would become a prototype.
 * @throws GatewayError (422) that names the field.
 */
export function refuseUnsafeContent(body: unknown): void {
  const fault = findFault(body, 0);
  if (!fault) return;
  const fields = fault.path.toReversed().slice(0, MOST_FIELDS_TOLD);
  const param = fields.reduce(
    (path, field) => (path === '' || field.startsWith('[') ? path + field : `${path}.${field}`),
    '',
  );
  const subject = param === '' ? 'The body' : `\`${param}\``;
  throw new GatewayError('invalid_request_error', `${subject} ${fault.reason}.`, param === '' ? {} : { param });
}

function findFault(value: unknown, level: number): Fault | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : { reason: UNSTORABLE, path: [] };
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : { reason: NO_NUMBER, path: [] };
  if (typeof value !== 'object' || value === null) return undefined;
  if (level >= MOST_LEVELS) return { reason: TOO_DEEP, path: [] };
  return Array.isArray(value) ? findInList(value, level) : findInObject(value, level);
}

function findInList(list: readonly unknown[], level: number): Fault | undefined {
  for (let index = 0; index < list.length; index += 1) {
    const fault = findFault(list[index], level + 1);
    if (fault) return below(`[${index}]`, fault);
  }
  return undefined;
}

function findInObject(object: object, level: number): Fault | undefined {
  for (const [field, value] of Object.entries(object)) {
    if (field === '__proto__') return { reason: PROTOTYPE, path: [] };
    if (!isStorable(field)) return { reason: UNSTORABLE, path: [] };
    const fault = findFault(value, level + 1);
    if (fault) return below(field, fault);
  }
  return undefined;
}

function below(field: string, fault: Fault): Fault {
  fault.path.push(shortName(field));
  return fault;
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000');
}
