import type { FastifyRequest } from 'fastify';
import type { AuthenticatedKey, KeyDirectory } from '@switchyard/config';
import { GatewayError } from '@switchyard/contract';

const known = new WeakMap<FastifyRequest, AuthenticatedKey>();

/** The key that a request came with. @throws GatewayError (401) for none, and for one that is not known. */
export function authenticate(request: FastifyRequest, keys: KeyDirectory): AuthenticatedKey {
  const before = known.get(request);
  if (before) return before;
  const key = keyOf(request);
  const found = key === undefined ? undefined : keys.authenticate(key);
  if (!found) throw unauthenticated(key);
  known.set(request, found);
  return found;
}

function keyOf({ headers }: FastifyRequest): string | undefined {
  const { authorization } = headers;
  const bearer = authorization === undefined ? undefined : /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  const header = headers['x-api-key'];
  return bearer ?? (typeof header === 'string' && header !== '' ? header : undefined);
}

function unauthenticated(key: string | undefined): GatewayError {
  const what = key === undefined ? 'This request has no key' : 'This key is not known';
  return new GatewayError(
    'authentication_error',
    `${what}; send a valid one as \`Authorization: Bearer sk-…\` or \`x-api-key: sk-…\`.`,
    { code: key === undefined ? 'missing_key' : 'invalid_key' },
  );
}
