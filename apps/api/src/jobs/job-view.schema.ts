import { ERROR_TYPES, JOB_STATUSES, JOB_TYPES, TERMINAL_STATUSES } from '@switchyard/contract';

const moment = { type: 'string', format: 'date-time' };
const momentOrNull = { ...moment, type: ['string', 'null'] };
const text = { type: 'string' };
const textOrNull = { type: ['string', 'null'] };
const dollars = { type: 'string', examples: ['0.00123'], description: 'Dollars with 2 to 9 decimals.' };
const dollarsOrNull = { ...dollars, type: ['string', 'null'] };
const count = { type: 'integer', minimum: 0 };

const error = {
  type: ['object', 'null'],
  required: ['type', 'code', 'message', 'retryable'],
  properties: {
    type: { type: 'string', enum: Object.keys(ERROR_TYPES) },
    code: text,
    message: text,
    retryable: { type: 'boolean' },
    retryAfterSeconds: { type: 'number' },
  },
};

const usageFields = {
  required: ['promptTokens', 'completionTokens', 'totalTokens'],
  properties: {
    promptTokens: count,
    completionTokens: count,
    totalTokens: count,
    cachedPromptTokens: count,
    reasoningTokens: count,
    images: count,
    estimated: { type: 'boolean', description: 'Counted here, as the vendor reported none.' },
  },
};
const usage = { type: 'object', ...usageFields };

const metadata = { type: 'object', description: 'What is to be known besides, such as `warnings`.' };

const modelResponse = {
  title: 'ModelResponse',
  description: 'Of a generation, and of code.',
  type: 'object',
  required: ['content', 'model', 'usage', 'finishReason', 'metadata'],
  properties: {
    content: text,
    model: text,
    usage,
    finishReason: { type: 'string', enum: ['stop', 'length', 'content_filter', 'tool_calls'] },
    toolCalls: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'name', 'arguments'],
        properties: { id: text, name: text, arguments: text, signature: text },
      },
    },
    metadata,
  },
};

const embeddings = {
  title: 'Embeddings',
  description: 'Of an embedding: a vector for each input.',
  type: 'object',
  required: ['embeddings', 'dimensions', 'usage'],
  properties: {
    embeddings: { type: 'array', items: { type: 'array', items: { type: 'number' } } },
    dimensions: count,
    usage,
    metadata,
  },
};

const images = {
  title: 'Images',
  description: 'Of an image: at an address, or its bytes where `responseFormat` is `base64`.',
  type: 'object',
  required: ['images'],
  properties: {
    images: {
      type: 'array',
      items: { type: 'object', required: ['mimeType'], properties: { url: text, base64: text, mimeType: text } },
    },
    usage,
    metadata,
  },
};

const attempt = {
  type: 'object',
  required: ['number', 'provider', 'model', 'startedAt', 'finishedAt', 'outcome', 'error', 'usage', 'cost'],
  properties: {
    number: { type: 'integer', minimum: 1 },
    provider: text,
    model: text,
    startedAt: moment,
    finishedAt: momentOrNull,
    outcome: { type: ['string', 'null'], enum: ['succeeded', 'failed', 'canceled', 'unknown', null] },
    error,
    usage: { type: ['object', 'null'], ...usageFields },
    cost: dollarsOrNull,
    estimated: { type: 'boolean', description: 'The cost is not what the vendor reported.' },
  },
};

const planTarget = {
  type: 'object',
  required: ['provider', 'model', 'modelVersion', 'status', 'error'],
  properties: {
    provider: text,
    model: text,
    modelVersion: textOrNull,
    status: {
      type: 'string',
      enum: ['current', 'ahead', 'left', 'unused', ...TERMINAL_STATUSES],
      description: '`left`: the job went on to the next one, for `error`; `unused`: it ended before it came there.',
    },
    error,
  },
};

const waiting = {
  type: ['object', 'null'],
  description: 'What a queued job waits for.',
  required: ['for', 'detail'],
  properties: {
    for: { type: 'string', enum: ['rate_limit', 'budget', 'fairness', 'breaker', 'paused', 'worker', 'delay'] },
    detail: text,
    ahead: count,
    expectedStart: moment,
    latestStart: moment,
  },
};

const fields = {
  id: { type: 'string', pattern: '^job_[0-9a-f]{32}$', examples: ['job_0193a5b2c4d87f3e9a1b2c3d4e5f6071'] },
  type: { type: 'string', enum: [...JOB_TYPES] },
  status: { type: 'string', enum: [...JOB_STATUSES] },
  provider: text,
  model: text,
  modelVersion: textOrNull,
  task: { type: ['object', 'null'], required: ['type'], properties: { type: text, complexity: { type: 'number' } } },
  choice: {
    type: ['object', 'null'],
    description: 'Why it has this model; null once that has been dropped with the request.',
    required: ['reason', 'rule', 'loadBalancer'],
    properties: { reason: text, rule: textOrNull, loadBalancer: textOrNull },
  },
  experiment: {
    type: ['object', 'null'],
    description: 'The experiment that chose its model, and the arm that it drew.',
    required: ['name', 'arm'],
    properties: { name: text, arm: text },
  },
  createdAt: moment,
  startedAt: momentOrNull,
  finishedAt: momentOrNull,
  cached: { type: 'boolean' },
  priority: { type: 'integer', minimum: 0, maximum: 9 },
  waiting,
  result: {
    description: 'By type; null until it succeeded.',
    anyOf: [modelResponse, embeddings, images, { type: 'null' }],
  },
  error,
  cost: {
    type: 'object',
    required: ['estimated', 'actual', 'currency'],
    properties: { estimated: dollars, actual: dollarsOrNull, currency: { type: 'string', enum: ['USD'] } },
  },
  attempts: { type: 'array', items: attempt },
  plan: {
    description: 'Where the job is tried, in this order; empty once that has been dropped with the request.',
    type: 'array',
    items: planTarget,
  },
  userId: textOrNull,
  retryOf: textOrNull,
  metadata: { type: 'object', additionalProperties: text },
};

/** A job as the API answers it, for the description. */
export const JOB_VIEW_SCHEMA = {
  type: 'object',
  required: Object.keys(fields),
  properties: {
    ...fields,
    raw: { description: "The vendor's own answer, with `?raw=true`." },
    tenant: { ...text, description: 'Whose job it is; shown to keys of scope `admin`.' },
  },
};

/** A page of jobs, for the description. */
export const JOB_LIST_SCHEMA = {
  type: 'object',
  required: ['data', 'nextCursor'],
  properties: { data: { type: 'array', items: { $ref: '#/components/schemas/Job' } }, nextCursor: textOrNull },
};

/** Feedback as it was kept, for the description. */
export const FEEDBACK_SCHEMA = {
  type: 'object',
  required: ['model', 'task', 'score', 'expected', 'label', 'at'],
  properties: {
    model: text,
    task: { ...textOrNull, description: 'The score counts for the model at such tasks.' },
    score: { type: ['number', 'null'], minimum: 0, maximum: 1 },
    expected: { ...textOrNull, description: 'Null also where the tenant keeps no prompts.' },
    label: textOrNull,
    at: moment,
  },
};
