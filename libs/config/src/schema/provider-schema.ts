import { PROVIDER_KINDS } from '@switchyard/contract';
import { MAPPING } from './mapping-schema.js';
import { CACHE } from './model-schema.js';
import {
  closedMap,
  integerBetween,
  integerFrom,
  listOf,
  oneOfWords,
  SECRET,
  SIZE,
  SWITCH,
  TEXT,
  textIn,
  WEIGHT,
  type Schema,
} from './schema.js';

const URL_TEXT = textIn('http-url');

/** What a limit says besides whom it is for. */
export const RATE_LIMIT_PROPERTIES = {
  maxRequests: integerBetween(1, 1_000_000_000),
  maxTokens: integerFrom(1),
  // It is counted in slices of a hundredth; a day is the longest.
  windowMs: integerBetween(100, 86_400_000),
  strategy: oneOfWords(['linear', 'exponential']),
  maxRetries: integerBetween(0, 1_000),
};

const RATE_LIMIT = closedMap(RATE_LIMIT_PROPERTIES, ['windowMs']);

function authentication(
  kind: string,
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[],
): Schema {
  return {
    properties: { kind: { const: kind }, ...properties },
    required,
    additionalProperties: false,
  };
}

const AUTH: Schema = {
  type: 'object',
  discriminator: { propertyName: 'kind' },
  properties: { kind: { type: 'string' } },
  required: ['kind'],
  oneOf: [
    authentication(
      'oauth2_client_credentials',
      {
        tokenUrl: URL_TEXT,
        clientId: TEXT,
        clientSecret: SECRET,
        scope: TEXT,
        audience: TEXT,
        header: textIn('header-name'),
        clientAuthentication: oneOfWords(['post', 'basic']),
      },
      ['tokenUrl', 'clientId', 'clientSecret'],
    ),
    authentication('google', { credentialsFile: TEXT, useMetadata: SWITCH, scope: TEXT }, []),
    authentication(
      'azure_ad',
      { tenantId: TEXT, clientId: TEXT, clientSecret: SECRET, scope: TEXT, authority: URL_TEXT },
      ['tenantId', 'clientId', 'clientSecret'],
    ),
  ],
};

/** The value under a provider's name. */
export const PROVIDER = closedMap({
  kind: oneOfWords(PROVIDER_KINDS),
  baseURL: URL_TEXT,
  apiKey: SECRET,
  keys: {
    ...listOf(
      closedMap({ name: textIn('name'), apiKey: SECRET, weight: WEIGHT, rateLimit: RATE_LIMIT }, ['name', 'apiKey']),
    ),
    minItems: 1,
  },
  auth: AUTH,
  defaultModel: TEXT,
  botType: TEXT,
  region: TEXT,
  project: TEXT,
  organization: TEXT,
  apiVersion: TEXT,
  endpoint: URL_TEXT,
  deployment: TEXT,
  deployments: {
    ...listOf(
      closedMap({ name: textIn('name'), endpoint: URL_TEXT, apiKey: SECRET, weight: WEIGHT }, ['name', 'endpoint']),
    ),
    minItems: 1,
  },
  mapping: MAPPING,
  dialect: closedMap({
    maxTokens: oneOfWords(['max_tokens', 'max_completion_tokens']),
    jsonSchema: SWITCH,
    streamUsage: SWITCH,
  }),
  concurrency: integerFrom(1),
  local: SWITCH,
  timeouts: closedMap({
    connectMs: integerFrom(1),
    firstByteMs: integerFrom(1),
    idleMs: integerFrom(1),
    totalMs: integerFrom(1),
  }),
  rateLimit: RATE_LIMIT,
  cache: CACHE,
  pull: SWITCH,
  instances: closedMap({ maxBytes: SIZE, idleMs: integerFrom(0) }),
});
