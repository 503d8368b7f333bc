import { Ajv, type ErrorObject } from 'ajv';
import { GatewayError } from '@switchyard/contract';

// The first fault is enough, and what comes from strangers is not to be searched for more.
const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false });

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
  // Of several alternatives, the one that was followed deepest is the one that was meant.
  const error = errors.reduce<ErrorObject | undefined>(
    (deepest, each) => (deepest && depthOf(deepest) >= depthOf(each) ? deepest : each),
    undefined,
  );
  if (!error) return new GatewayError('invalid_request_error', 'The body is not valid.');
  const { path, message } = describe(error);
  return new GatewayError('invalid_request_error', message, path === '' ? {} : { param: path });
}

function depthOf(error: ErrorObject): number {
  return error.keyword === 'anyOf' || error.keyword === 'if' ? -1 : error.instancePath.split('/').length;
}

function describe(error: ErrorObject): { path: string; message: string } {
  const path = pathOf(error.instancePath);
  const field = path === '' ? 'The body' : `\`${path}\``;
  const params: Readonly<Record<string, unknown>> = error.params;
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = joinPath(path, String(params['additionalProperty']));
      return { path: name, message: `\`${name}\` is not a field of this request; leave it out.` };
    }
    case 'required': {
      const name = joinPath(path, String(params['missingProperty']));
      return { path: name, message: `\`${name}\` is missing; it is required here.` };
    }
    case 'enum':
      return { path, message: `${field} must be one of: ${listOf(params['allowedValues'])}.` };
    case 'type':
      return { path, message: `${field} must be of type ${listOf(params['type'])}.` };
    default:
      return { path, message: `${field} ${error.message ?? 'is not valid'}.` };
  }
}

function listOf(values: unknown): string {
  return Array.isArray(values) ? values.map(String).join(', ') : String(values);
}

/** `/request/messages/0/role` → `request.messages[0].role` */
function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce(joinPath, '');
}

function joinPath(path: string, token: string): string {
  if (/^\d+$/.test(token)) return `${path}[${token}]`;
  return path === '' ? token : `${path}.${token}`;
}
