import { COLLECTION_NAMES, describeEntry } from '@switchyard/config';
import { BUDGET_RULES, CAPABILITIES, ERROR_TYPES, PROVIDER_KINDS } from '@switchyard/contract';
import { JOB_SCHEMA } from '@switchyard/gate';
import { ROUTE_SCHEMA } from '../route/route-view.js';
import { ASSIGNMENT_SCHEMA, EXPERIMENT_REPORT_SCHEMA } from '../experiments/experiment.schema.js';
import { FILE_SCHEMA } from '../files/file-view.js';
import { FEEDBACK_SCHEMA, JOB_LIST_SCHEMA, JOB_VIEW_SCHEMA } from '../jobs/job-view.schema.js';
import { LANE_CHANGE_SCHEMA, LANE_LIST_SCHEMA } from '../lanes/lane-view.js';
import {
  MODEL_CHECK_LIST_SCHEMA,
  PROVIDER_HEALTH_SCHEMA,
  PROVIDER_PROBE_LIST_SCHEMA,
  TOKEN_REPORT_SCHEMA,
} from '../providers/provider-health.schema.js';
import { BOOKING_SCHEMA, USAGE_REPORT_SCHEMA } from '../usage/usage.schema.js';
import { entryTitle } from '../control-plane/entry-title.js';
import type { SchemaName } from './answers.js';

const capabilities = { type: 'array', items: { type: 'string', enum: CAPABILITIES } };
const names = { type: 'array', items: { type: 'string' } };
const dollars = { type: 'string', examples: ['0.03'], description: 'Dollars, a decimal string.' };

const error = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['type', 'code', 'message', 'param', 'requestId'],
      properties: {
        type: { type: 'string', enum: Object.keys(ERROR_TYPES) },
        code: { type: 'string', description: 'Finer than `type`; equal to it where there is nothing finer to say.' },
        message: { type: 'string', description: 'What is wrong, and how to mend it.' },
        param: { type: ['string', 'null'], description: 'The field at fault.', examples: ['request.maxTokens'] },
        requestId: { type: 'string', description: 'As in the header `x-request-id`.' },
        budget: { type: 'string', description: 'The budget that has no room (402).' },
        resetsAt: { type: 'string', format: 'date-time', description: 'When its next window begins (402).' },
      },
    },
  },
};

/** What input costs that is not plain text read for the first time. */
const otherInput = {
  cachedInputPerMillion: dollars,
  cacheWritePerMillion: dollars,
  cacheWrite1hPerMillion: dollars,
  audioInputPerMillion: dollars,
};

const price = {
  description: 'As the configuration writes it, without what costs nothing.',
  anyOf: [
    { type: 'string', const: 'free' },
    {
      type: 'object',
      properties: {
        inputPerMillion: dollars,
        outputPerMillion: dollars,
        ...otherInput,
        perRequest: dollars,
        perImage: { anyOf: [dollars, { type: 'object', additionalProperties: dollars }] },
        batchFactor: { type: 'string', examples: ['0.5'] },
        above: {
          type: 'array',
          items: {
            type: 'object',
            required: ['inputTokens', 'inputPerMillion', 'outputPerMillion'],
            properties: {
              inputTokens: { type: 'integer' },
              inputPerMillion: dollars,
              outputPerMillion: dollars,
              ...otherInput,
            },
          },
        },
      },
    },
  ],
};

const modelFields = {
  id: { type: 'string', examples: ['gpt-4'] },
  object: { type: 'string', const: 'model' },
  created: { type: 'integer' },
  owned_by: { type: 'string' },
  name: { type: 'string' },
  provider: { type: 'string' },
  contextWindow: { type: ['integer', 'null'] },
  maxOutputTokens: { type: ['integer', 'null'] },
  price,
  costPer1kTokens: { type: 'object', properties: { input: dollars, output: dollars } },
  capabilities,
  versions: names,
  defaultVersion: { type: ['string', 'null'] },
  aliases: names,
  available: { type: 'boolean', description: 'A job for it can be run.' },
};

const inferenceFields = {
  input_text: { anyOf: [{ type: 'string' }, names], description: 'As it was sent.' },
  embeddings: { type: 'array', items: { type: 'array', items: { type: 'number' } }, description: 'One for each text.' },
  model_type: { type: 'string', examples: ['transformer', 'unknown'] },
};

const providerFields = {
  kind: { type: 'string', enum: PROVIDER_KINDS },
  supported: { type: 'boolean', description: 'This version speaks to it.' },
  configured: { type: 'boolean', description: 'The configuration names one of this kind.' },
  enabled: { type: 'boolean', description: 'One that is configured is switched on.' },
  streaming: { type: 'boolean' },
  capabilities,
  names: { ...names, description: 'Under which names the configuration has it.' },
};

const budgetWindow = {
  limit: dollars,
  spent: dollars,
  reserved: { ...dollars, description: 'Held by attempts that have not ended.' },
  remaining: { ...dollars, description: 'What further attempts may reserve.' },
  overrun: { ...dollars, description: 'What attempts cost beyond what they had reserved; part of `spent`.' },
  resetsAt: { type: 'string', format: 'date-time' },
};

const budgetFields = {
  name: { type: 'string' },
  onLimit: { type: 'string', enum: BUDGET_RULES },
  windows: { type: 'object', properties: { daily: whole(budgetWindow), monthly: whole(budgetWindow) } },
};

const budgetCheck = {
  allowed: { type: 'boolean' },
  estimatedCost: { ...dollars, description: 'What one attempt would reserve.' },
  remaining: { type: ['string', 'null'], description: 'Of the budget with the least left; null where none applies.' },
  budget: { type: ['string', 'null'], description: 'That budget.' },
  resetsAt: { type: ['string', 'null'], format: 'date-time' },
};

const entry = {
  ...whole({
    source: {
      type: 'string',
      enum: ['file', 'api'],
      description: 'Whether it is as the file says, or was changed here.',
    },
  }),
  description: 'As the configuration file writes it, with its `name` (a model: `id`), without its secrets.',
  additionalProperties: true,
};

const modelVersion = {
  ...whole({ name: { type: 'string' }, default: { type: 'boolean', description: 'Taken where none is named.' } }),
  description: 'As the configuration file writes it, with its name.',
  additionalProperties: true,
};

/** The bodies of each collection's entries: `BudgetEntry` and so on. */
const entryBodies: Readonly<Record<string, object>> = Object.fromEntries(
  COLLECTION_NAMES.map((collection) => {
    return [`${entryTitle(collection)}Entry`, describeEntry(collection)];
  }),
);

/** An object that always has all of these. */
function whole(properties: Readonly<Record<string, object>>): object {
  return { type: 'object', required: Object.keys(properties), properties };
}

/** Every schema that the description names. */
export const SCHEMAS: Readonly<Record<SchemaName | 'Error' | 'JobRequest' | 'NewKey', object>> = {
  ...entryBodies,
  Error: error,
  JobRequest: JOB_SCHEMA,
  Job: JOB_VIEW_SCHEMA,
  JobList: JOB_LIST_SCHEMA,
  File: FILE_SCHEMA,
  Model: whole(modelFields),
  ModelList: whole({
    object: { type: 'string', const: 'list' },
    data: { type: 'array', items: { $ref: '#/components/schemas/Model' } },
    has_more: { type: 'boolean' },
    nextCursor: { type: ['string', 'null'] },
  }),
  Inference: whole(inferenceFields),
  Route: ROUTE_SCHEMA,
  Feedback: FEEDBACK_SCHEMA,
  Budget: whole(budgetFields),
  BudgetList: whole({
    data: { type: 'array', items: { $ref: '#/components/schemas/Budget' } },
    nextCursor: { type: 'null' },
  }),
  BudgetCheck: whole(budgetCheck),
  UsageReport: USAGE_REPORT_SCHEMA,
  Assignment: ASSIGNMENT_SCHEMA,
  ExperimentReport: EXPERIMENT_REPORT_SCHEMA,
  Booking: BOOKING_SCHEMA,
  Entry: entry,
  EntryList: whole({
    data: { type: 'array', items: { $ref: '#/components/schemas/Entry' } },
    nextCursor: { type: ['string', 'null'] },
  }),
  ModelVersion: modelVersion,
  ModelVersionList: whole({
    data: { type: 'array', items: { $ref: '#/components/schemas/ModelVersion' } },
    nextCursor: { type: 'null' },
  }),
  DeletedEntry: {
    anyOf: [
      whole({ name: { type: 'string' }, deleted: { type: 'boolean', const: true } }),
      { $ref: '#/components/schemas/Entry' },
    ],
  },
  NewKey: { ...describeEntry('keys'), required: ['name', 'tenant'] },
  ProviderHealth: PROVIDER_HEALTH_SCHEMA,
  ProviderProbeList: PROVIDER_PROBE_LIST_SCHEMA,
  TokenReport: TOKEN_REPORT_SCHEMA,
  LaneList: LANE_LIST_SCHEMA,
  LaneChange: LANE_CHANGE_SCHEMA,
  ModelCheckList: MODEL_CHECK_LIST_SCHEMA,
  ProviderList: whole({ data: { type: 'array', items: whole(providerFields) } }),
};
