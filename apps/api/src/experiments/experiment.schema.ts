import { EXPERIMENT_METRICS } from '@switchyard/contract';

const text = { type: 'string' };
const textOrNull = { type: ['string', 'null'] };
const number = { type: 'number' };

const metric = {
  type: 'object',
  required: ['mean', 'answers', 'users'],
  properties: {
    mean: {
      type: ['number', 'string', 'null'],
      description: 'Of cost: dollars, a decimal string. Of latency: milliseconds. Else 0 to 1. Null: nothing measured.',
    },
    answers: { type: 'integer' },
    users: { type: 'integer' },
  },
};

const comparison = {
  type: 'object',
  required: ['finding', 'difference', 'interval', 'pValue'],
  properties: {
    finding: { type: 'string', enum: ['none', 'higher', 'lower'] },
    difference: { ...number, description: 'From the control; of cost and latency in parts of the control’s.' },
    interval: { type: 'array', items: number, minItems: 2, maxItems: 2, description: '95 %, at every look at once.' },
    pValue: { ...number, description: 'Always valid: it may be read as often as one likes.' },
  },
};

const metrics = Object.fromEntries(EXPERIMENT_METRICS.map((name) => [name, metric]));
const comparisons = Object.fromEntries(EXPERIMENT_METRICS.map((name) => [name, comparison]));

const arm = {
  type: 'object',
  required: ['name', 'model', 'version', 'weight', 'control', 'assignments', 'successes', ...EXPERIMENT_METRICS],
  properties: {
    name: text,
    model: text,
    version: textOrNull,
    weight: { type: ['number', 'null'] },
    control: { type: 'boolean', description: 'The first one, which the others are held against.' },
    assignments: { type: 'integer', description: 'Jobs that were given it.' },
    successes: { type: 'integer' },
    ...metrics,
    comparisons: { type: 'object', properties: comparisons },
  },
};

/** The schema of an experiment's report. */
export const EXPERIMENT_REPORT_SCHEMA = {
  type: 'object',
  required: ['name', 'running', 'goal', 'alias', 'arms', 'verdict'],
  properties: {
    name: text,
    running: { type: 'boolean' },
    goal: { type: 'string', enum: [...EXPERIMENT_METRICS] },
    alias: textOrNull,
    arms: { type: 'array', items: arm },
    verdict: {
      type: 'object',
      required: ['decided', 'winner', 'reason'],
      properties: { decided: { type: 'boolean' }, winner: textOrNull, reason: text },
    },
  },
};

/** The schema of what a user is given. */
export const ASSIGNMENT_SCHEMA = {
  type: 'object',
  required: ['experiment', 'arm', 'provider', 'model', 'version'],
  properties: { experiment: text, arm: text, provider: text, model: text, version: textOrNull },
};
