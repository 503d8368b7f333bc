import { Ajv, type ErrorObject } from 'ajv';
import { GatewayError } from '@switchyard/contract';
import { describeFault, pathOf } from './describe-fault.js';

// The first fault is enough, and what comes from strangers is not to be searched for more.
const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false, verbose: true });

/** Passes a body that fits its schema. @throws GatewayError (422) that names the field. */
export type BodyCheck = (body: unknown) => void;

/** Compiles a schema once. The check that it gives throws a `GatewayError` (422) that names the field. */
export function compileSchema(schema: object): BodyCheck {
  const validate = ajv.compile(schema);
  return (body) => {
    if (!validate(body)) throw refusalOf(validate.errors ?? []);
  };
}

function refusalOf(errors: readonly ErrorObject[]): GatewayError {
  const meant = faultsThatCount(errors);
  if (meant.length === 0) return new GatewayError('invalid_request_error', 'The body is not valid.');
  const { path, message } = describeFault(meant);
  return new GatewayError('invalid_request_error', message, path === '' ? {} : { param: path });
}

/**
 * Of several alternatives, the one that was followed deepest is the one that was meant; where none got past the kind
 * of the value, all of them together say what it may be.
 */
function faultsThatCount(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const faults = errors.filter(({ keyword }) => keyword !== 'anyOf' && keyword !== 'if' && keyword !== 'propertyNames');
  const levels = faults.map(levelOf);
  const deepest = faults[levels.indexOf(Math.max(...levels))];
  const there = faults.filter(({ instancePath }) => instancePath === deepest?.instancePath);
  const past = there.find(({ keyword }) => keyword !== 'type' && keyword !== 'enum');
  return past ? [past] : there;
}

function levelOf({ instancePath }: ErrorObject): number {
  return pathOf(instancePath) === '' ? 0 : instancePath.split('/').length;
}
