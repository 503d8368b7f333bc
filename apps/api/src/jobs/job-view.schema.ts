import { ERROR_TYPES, JOB_STATUSES, JOB_TYPES } from '@switchyard/contract';

const moment = { type: 'string', format: 'date-time' };
const dollars = { type: 'string', example: '0.00123', description: 'Dollars with 2 to 9 decimals.' };

const error = {
  type: 'object',
  nullable: true,
  properties: {
    type: { type: 'string', enum: Object.keys(ERROR_TYPES) },
    code: { type: 'string' },
    message: { type: 'string' },
    retryable: { type: 'boolean' },
    retryAfterSeconds: { type: 'number' },
  },
};

const usage = {
  type: 'object',
  nullable: true,
  properties: {
    promptTokens: { type: 'integer' },
    completionTokens: { type: 'integer' },
    totalTokens: { type: 'integer' },
    cachedPromptTokens: { type: 'integer' },
    reasoningTokens: { type: 'integer' },
    images: { type: 'integer' },
    estimated: { type: 'boolean' },
  },
};

/** A job as the API answers it, for the description. */
export const JOB_VIEW_SCHEMA = {
  type: 'object',
  properties: {
    id: { type: 'string', example: 'job_0193a5b2c4d87f3e9a1b2c3d4e5f6071' },
    type: { type: 'string', enum: [...JOB_TYPES] },
    status: { type: 'string', enum: [...JOB_STATUSES] },
    provider: { type: 'string' },
    model: { type: 'string' },
    modelVersion: { type: 'string', nullable: true },
    task: { type: 'object', nullable: true },
    experiment: { type: 'object', nullable: true },
    createdAt: moment,
    startedAt: { ...moment, nullable: true },
    finishedAt: { ...moment, nullable: true },
    cached: { type: 'boolean' },
    priority: { type: 'integer', minimum: 0, maximum: 9 },
    waiting: {
      type: 'object',
      nullable: true,
      properties: { for: { type: 'string' }, detail: { type: 'string' }, expectedStart: moment },
    },
    result: { type: 'object', nullable: true, description: 'By type: text, embeddings, or images.' },
    error,
    cost: {
      type: 'object',
      properties: {
        estimated: dollars,
        actual: { ...dollars, nullable: true },
        currency: { type: 'string', enum: ['USD'] },
      },
    },
    attempts: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          number: { type: 'integer' },
          provider: { type: 'string' },
          model: { type: 'string' },
          startedAt: moment,
          finishedAt: { ...moment, nullable: true },
          outcome: { type: 'string', nullable: true, enum: ['succeeded', 'failed', 'canceled', 'unknown'] },
          error,
          usage,
          cost: { ...dollars, nullable: true },
          estimated: { type: 'boolean' },
        },
      },
    },
    userId: { type: 'string', nullable: true },
    retryOf: { type: 'string', nullable: true },
    metadata: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

/** A page of jobs, for the description. */
export const JOB_LIST_SCHEMA = {
  type: 'object',
  properties: { data: { type: 'array', items: JOB_VIEW_SCHEMA }, nextCursor: { type: 'string', nullable: true } },
};
