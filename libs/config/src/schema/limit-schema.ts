import { RATE_LIMIT_PROPERTIES } from './provider-schema.js';
import {
  closedMap,
  FRACTION,
  integerFrom,
  listOf,
  mapOf,
  oneOfWords,
  SIZE,
  SWITCH,
  TEXT,
  textIn,
  WEIGHT,
} from './schema.js';

const AMOUNT = textIn('budget-limit');

const BUDGET = closedMap(
  {
    name: textIn('name'),
    tenant: TEXT,
    key: TEXT,
    model: TEXT,
    dailyLimit: AMOUNT,
    monthlyLimit: AMOUNT,
    alertThreshold: FRACTION,
    blockOnLimit: SWITCH,
    onLimit: oneOfWords(['block', 'warn', 'wait']),
    timeZone: textIn('time-zone'),
  },
  ['name'],
);

export const BUDGETS = listOf(BUDGET);

export const RATE_LIMITS = listOf(
  closedMap({ name: textIn('name'), key: TEXT, tenant: TEXT, provider: TEXT, model: TEXT, ...RATE_LIMIT_PROPERTIES }, [
    'name',
    'windowMs',
  ]),
);

export const LIMITS = closedMap({ bodyBytes: SIZE, resultBytes: SIZE, maxQueuedPerTenant: integerFrom(1) });

export const RETENTION = closedMap({ payloads: textIn('duration'), jobs: textIn('duration') });

/** `key` is needed where it was not made through the control plane: its check is with the others of keys. */
export const CLIENT_KEY = closedMap(
  {
    name: textIn('name'),
    key: { ...textIn('client-key'), secret: true },
    scopes: listOf(oneOfWords(['jobs', 'admin'])),
    permissions: listOf(textIn('name')),
  },
  ['name'],
);

const WEBHOOK_SECRET = { ...textIn('webhook-secret'), secret: true };

export const TENANT = closedMap({
  weight: WEIGHT,
  webhookSecret: WEBHOOK_SECRET,
  keys: listOf(CLIENT_KEY),
  storePrompts: SWITCH,
});

export const TENANTS = mapOf(TENANT, 'short-name');

/** Everything that a webhook can tell. */
const WEBHOOK_EVENTS = [
  'job.succeeded',
  'job.failed',
  'job.canceled',
  'job.expired',
  'batch.completed',
  'budget.alert',
  'budget.exceeded',
] as const;

export const WEBHOOKS = closedMap({
  endpoints: listOf(
    closedMap(
      {
        name: textIn('name'),
        tenant: TEXT,
        url: textIn('http-url'),
        secret: WEBHOOK_SECRET,
        events: { ...listOf(oneOfWords(WEBHOOK_EVENTS)), minItems: 1 },
      },
      ['tenant', 'url'],
    ),
  ),
});
