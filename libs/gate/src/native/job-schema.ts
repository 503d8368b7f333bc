import { AUDIO_FORMATS, JOB_TYPES, PREFERENCES, type ContentPart } from '@switchyard/contract';
import { MOST_FALLBACKS } from '@switchyard/selector';
import { TRIM_MODES } from '../window/trim-text.js';

/**
 * The body of `POST /v1/jobs` as JSON Schema: what is validated and what the API description shows are one thing.
 * Fields that only later parts of the product act on stand in `LATER_FIELDS`; they are refused by name, not ignored.
 */
const text = { type: 'string', minLength: 1 } as const;

/** More than any model writes, and few enough that their price stays within what the ledger counts. */
const LARGEST_TOKENS = 100_000_000;

/** Beyond it a number of JSON is not the one that was sent. */
const LARGEST_INTEGER = Number.MAX_SAFE_INTEGER;

/** What each kind of part holds, under the name of its kind. */
const partFields = {
  text: { type: 'string' },
  image_url: {
    type: 'object',
    required: ['url'],
    properties: { url: text, detail: { enum: ['auto', 'low', 'high'] } },
    additionalProperties: false,
  },
  audio: {
    type: 'object',
    required: ['data', 'format'],
    properties: { data: { ...text, description: 'Base64.' }, format: { enum: AUDIO_FORMATS } },
    additionalProperties: false,
  },
  file: {
    type: 'object',
    required: ['data', 'mimeType'],
    properties: {
      data: { ...text, description: 'Base64.' },
      mimeType: { type: 'string', pattern: '^[a-z]+/[A-Za-z0-9.+-]{1,100}$', examples: ['application/pdf'] },
      filename: { type: 'string', minLength: 1, maxLength: 255 },
    },
    additionalProperties: false,
  },
} as const satisfies Record<ContentPart['type'], object>;

const partTypes = Object.keys(partFields);

const contentParts = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['type'],
    properties: { type: { enum: partTypes }, ...partFields },
    additionalProperties: false,
    allOf: partTypes.map((type) => ({ if: { properties: { type: { const: type } } }, then: { required: [type] } })),
  },
} as const;

const message = {
  type: 'object',
  required: ['role', 'content'],
  properties: {
    role: { enum: ['system', 'user', 'assistant', 'tool'] },
    content: { anyOf: [{ type: 'string' }, contentParts, { type: 'null' }] },
    toolCalls: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['id', 'name', 'arguments'],
        properties: { id: text, name: text, arguments: { type: 'string' }, signature: text },
        additionalProperties: false,
      },
    },
    toolCallId: text,
  },
  additionalProperties: false,
} as const;

const tool = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$', examples: ['get_weather'] },
    description: { type: 'string' },
    parameters: { type: 'object' },
  },
  additionalProperties: false,
} as const;

const tools = { type: 'array', minItems: 1, maxItems: 128, items: tool } as const;

const toolByName = {
  type: 'object',
  required: ['name'],
  properties: { name: text },
  additionalProperties: false,
} as const;

const request = {
  type: 'object',
  properties: {
    prompt: text,
    messages: { type: 'array', minItems: 1, items: message },
    systemPrompt: { type: 'string' },
    context: { description: 'Text or any JSON value; set under a heading "Context" after the system prompt.' },
    modelId: text,
    temperature: { type: 'number', minimum: 0, maximum: 2 },
    maxTokens: { type: 'integer', minimum: 1, maximum: LARGEST_TOKENS },
    topP: { type: 'number', minimum: 0, maximum: 1 },
    frequencyPenalty: { type: 'number', minimum: -2, maximum: 2 },
    presencePenalty: { type: 'number', minimum: -2, maximum: 2 },
    stop: { type: 'array', maxItems: 16, items: text },
    tools,
    toolChoice: { anyOf: [{ enum: ['auto', 'none', 'required'] }, toolByName] },
    functions: { ...tools, description: 'The older name of `tools`.' },
    function_call: {
      description: 'The older name of `toolChoice`.',
      anyOf: [{ enum: ['auto', 'none'] }, toolByName],
    },
    language: text,
    input: { anyOf: [text, { type: 'array', minItems: 1, maxItems: 2048, items: text }] },
    size: { type: 'string', pattern: '^([0-9]{2,5}x[0-9]{2,5}|auto)$', examples: ['1024x1024', 'auto'] },
    n: { type: 'integer', minimum: 1, maximum: 10 },
    quality: text,
    style: text,
    responseFormat: { enum: ['url', 'base64'] },
    width: { type: 'integer', minimum: 16, maximum: 8192 },
    height: { type: 'integer', minimum: 16, maximum: 8192 },
    numInferenceSteps: { type: 'integer', minimum: 1, maximum: 1000 },
    seed: { type: 'integer', minimum: -LARGEST_INTEGER, maximum: LARGEST_INTEGER },
    negativePrompt: { type: 'string' },
    overflow: {
      enum: ['refuse', ...TRIM_MODES, 'summarize'],
      description: 'What happens to a prompt that is longer than the window; `trim_end` keeps its first words.',
    },
    providerOptions: { type: 'object', additionalProperties: { type: 'object' } },
  },
  additionalProperties: false,
} as const;

const selection = {
  type: 'object',
  properties: {
    provider: text,
    modelId: text,
    modelVersion: text,
    fallback: {
      description: 'Whether the job goes on elsewhere when its model fails, or where: models and providers in order.',
      anyOf: [{ type: 'boolean' }, { type: 'array', maxItems: MOST_FALLBACKS, items: text }],
    },
    localOnly: { type: 'boolean' },
    prefer: { enum: PREFERENCES },
  },
  additionalProperties: false,
} as const;

/** Ten days: what is to start later than that belongs into a calendar. */
const LONGEST_SECONDS = 864_000;

export const JOB_SCHEMA = {
  type: 'object',
  required: ['type', 'request'],
  properties: {
    type: { enum: JOB_TYPES },
    request,
    selection,
    priority: { type: 'integer', minimum: 0, maximum: 9, default: 5 },
    delaySeconds: { type: 'number', minimum: 0, maximum: LONGEST_SECONDS, default: 0 },
    timeoutSeconds: { type: 'number', exclusiveMinimum: 0, maximum: LONGEST_SECONDS, default: 600 },
    expiresInSeconds: { type: 'number', exclusiveMinimum: 0, maximum: LONGEST_SECONDS, default: 86_400 },
    onTimeout: {
      type: 'object',
      required: ['content'],
      properties: { content: { type: 'string' } },
      additionalProperties: false,
    },
    task: {
      type: 'object',
      required: ['type'],
      properties: {
        type: { type: 'string', minLength: 1, maxLength: 256 },
        complexity: { type: 'number', minimum: 0, maximum: 1 },
      },
      additionalProperties: false,
    },
    userId: { type: 'string', minLength: 1, maxLength: 256 },
    metadata: {
      type: 'object',
      maxProperties: 64,
      propertyNames: { maxLength: 128 },
      additionalProperties: { type: 'string', maxLength: 2048 },
    },
    stream: { type: 'boolean', default: false },
    cache: {},
  },
  additionalProperties: false,
} as const;

/** Fields of `api.md` that this version does not act on yet, by their path, each with the values that ask for nothing. */
export const LATER_FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  stream: (value) => value === false,
  cache: (value) => value === false,
  output: () => false,
  rag: () => false,
  promptTemplate: () => false,
  completeWithin: () => false,
  webhook: () => false,
  sessionId: () => false,
  // A helper's call is a paid attempt of its own.
  'request.overflow': (value) => value !== 'summarize',
};
