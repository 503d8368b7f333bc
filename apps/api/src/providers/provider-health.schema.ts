import { AUTH_KINDS } from '@switchyard/contract';

const status = { type: 'string', enum: ['healthy', 'unhealthy'] };
const authStatus = { type: 'string', enum: ['valid', 'invalid', 'unknown'] };
const kind = { type: 'string', enum: AUTH_KINDS };
const expiresAt = { type: ['string', 'null'], format: 'date-time' };
const latencyMs = { type: ['integer', 'null'], description: 'Null where the provider was not asked.' };
const names = { type: 'array', items: { type: 'string' } };
const error = {
  anyOf: [
    {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: {
          type: 'string',
          description:
            'A code of a `provider_error`, or `timeout_error`, `unavailable`, `no_worker`, `disabled`, `unsupported`, `internal_error`.',
        },
        message: { type: 'string', description: 'Why it is unhealthy, and how to mend it.' },
      },
    },
    { type: 'null' },
  ],
};

function whole(properties: Readonly<Record<string, object>>): object {
  return { type: 'object', required: Object.keys(properties), properties };
}

function list(item: object): object {
  return whole({ data: { type: 'array', items: item }, nextCursor: { type: 'null' } });
}

/** What a fresh token is like. */
export const TOKEN_REPORT_SCHEMA = whole({
  kind,
  length: { type: 'integer', description: 'Characters; 0 where there is nothing to send.' },
  expiresAt,
});

/** How one provider is. */
export const PROVIDER_HEALTH_SCHEMA = whole({
  provider: { type: 'string' },
  status,
  auth: {
    type: 'object',
    required: ['kind', 'status', 'expiresAt'],
    properties: { kind, status: authStatus, expiresAt, reason: { type: 'string' } },
  },
  latencyMs,
  models: { ...names, description: 'As its vendor lists them.' },
  facts: {
    type: 'object',
    additionalProperties: { type: ['string', 'number'] },
    description: 'What it runs on, such as `device`.',
  },
  circuit: {
    type: 'string',
    enum: ['closed', 'half_open', 'open'],
    description: 'Whether jobs reach it: the worst of its models. Half open: one job at a time tries it.',
  },
  error,
});

/** How all of them are. */
export const PROVIDER_PROBE_LIST_SCHEMA = list(
  whole({
    provider: { type: 'string' },
    status,
    authStatus,
    latencyMs,
    testResponseLength: { type: ['integer', 'null'], description: 'Of the answer to "Hello", in characters.' },
    error,
  }),
);

/** What the last checks of the vendors' lists found. */
export const MODEL_CHECK_LIST_SCHEMA = list(
  whole({
    provider: { type: 'string' },
    checkedAt: { type: ['string', 'null'], format: 'date-time', description: 'Null: never yet.' },
    new: { ...names, description: 'Listed by the vendor, and not in the configuration.' },
    retired: { ...names, description: 'In the configuration, and not at the vendor any more.' },
    unpriced: { ...names, description: 'Of the new ones, those whose price is not known here.' },
    error: { type: ['string', 'null'], description: 'Why the last check failed; what is shown is then older.' },
  }),
);
