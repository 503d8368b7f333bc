import { BALANCING_STRATEGIES, EXPERIMENT_METRICS, WEEKDAYS } from '@switchyard/contract';
import { closedMap, listOf, mapOf, oneOfWords, TEXT, textIn, WEIGHT, type Schema } from './schema.js';

const NUMBER: Schema = { type: 'number' };

/** A number that must be met, or bounds: `{ gt: 0.8 }`. */
const NUMBER_CONDITION: Schema = {
  type: ['number', 'object'],
  properties: { gt: NUMBER, gte: NUMBER, lt: NUMBER, lte: NUMBER, eq: NUMBER, ne: NUMBER },
  additionalProperties: false,
  minProperties: 1,
};

const TEXTS: Schema = { ...listOf(TEXT), minItems: 1 };

/** A text that must be met, or `{ in: […] }` and its like. */
const TEXT_CONDITION: Schema = {
  type: ['string', 'object'],
  minLength: 1,
  properties: { eq: TEXT, ne: TEXT, in: TEXTS, notIn: TEXTS },
  additionalProperties: false,
  minProperties: 1,
};

const NESTED: Schema = { $ref: '#/$defs/condition' };

/** What `when` of a routing rule says; conditions beside each other must all hold. */
export const CONDITION: Schema = {
  type: 'object',
  properties: {
    complexity: NUMBER_CONDITION,
    tokens: NUMBER_CONDITION,
    taskType: TEXT_CONDITION,
    tenant: TEXT_CONDITION,
    userId: TEXT_CONDITION,
    metadata: { type: 'object', additionalProperties: TEXT_CONDITION, minProperties: 1 },
    time: closedMap({
      from: textIn('time-of-day'),
      to: textIn('time-of-day'),
      days: { ...listOf(oneOfWords(WEEKDAYS)), minItems: 1 },
      timeZone: textIn('time-zone'),
    }),
    all: { ...listOf(NESTED), minItems: 1 },
    any: { ...listOf(NESTED), minItems: 1 },
    not: NESTED,
  },
  patternProperties: { '^metadata\\..+$': TEXT_CONDITION },
  additionalProperties: false,
};

/** `before`: a rule that this one stands above; through the control plane it is moved there. */
export const ROUTING_RULES = listOf(
  closedMap({ name: textIn('name'), when: NESTED, model: TEXT, before: textIn('name') }, ['name', 'model']),
);

const MEMBER: Schema = {
  type: ['string', 'object'],
  minLength: 1,
  properties: { model: TEXT, weight: WEIGHT },
  required: ['model'],
  additionalProperties: false,
};

export const LOAD_BALANCERS = mapOf(
  closedMap(
    {
      strategy: oneOfWords(BALANCING_STRATEGIES),
      models: { ...listOf(MEMBER), minItems: 1 },
    },
    ['models'],
  ),
  'name',
);

const ARM = closedMap({ model: TEXT, version: TEXT, weight: WEIGHT }, ['model']);

export const EXPERIMENTS = mapOf(
  closedMap(
    {
      arms: { ...mapOf(ARM, 'name'), minProperties: 1 },
      goal: oneOfWords(EXPERIMENT_METRICS),
      alias: TEXT,
      running: { type: 'boolean' },
    },
    ['arms'],
  ),
  'name',
);

export const ACCESS_POLICIES = listOf(
  closedMap(
    {
      name: textIn('name'),
      models: { ...listOf(TEXT), minItems: 1 },
      requiredPermissions: { ...listOf(textIn('name')), minItems: 1 },
    },
    ['name', 'models', 'requiredPermissions'],
  ),
);
