import type { FastifyRequest } from 'fastify';
import type { AuthenticatedKey, Configuration } from '@switchyard/config';
import { GatewayError } from '@switchyard/contract';
import type { ApiContext } from '../api-context.js';

/** What says whose a key is, and what was in force when it said so. */
export interface KeySource {
  readonly keys: Pick<ApiContext['keys'], 'authenticate'>;
  readonly app: Pick<ApiContext['app'], 'configuration'>;
}

interface Authenticated {
  readonly key: AuthenticatedKey;
  /** Of the same moment. */
  readonly configuration: Configuration;
}

const known = new WeakMap<FastifyRequest, Authenticated>();

/** The key that a request came with. @throws GatewayError (401) for none, and for one that is not known. */
export function authenticate(request: FastifyRequest, { keys, app }: KeySource): Authenticated {
  const before = known.get(request);
  if (before) return before;
  const key = keyOf(request);
  const found = key === undefined ? undefined : keys.authenticate(key);
  if (!found) throw unauthenticated(key);
  const authenticated = { key: found, configuration: app.configuration.current };
  known.set(request, authenticated);
  return authenticated;
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
