import { CAPABILITIES } from '@switchyard/contract';
import {
  closedMap,
  DECIMAL,
  FRACTION,
  integerFrom,
  listOf,
  mapOf,
  oneOfWords,
  OPEN_MAP,
  SWITCH,
  TEXT,
  textIn,
  type Schema,
} from './schema.js';

/** What input costs that is not plain text read for the first time. */
const OTHER_INPUT = {
  cachedInputPerMillion: DECIMAL,
  cacheWritePerMillion: DECIMAL,
  cacheWrite1hPerMillion: DECIMAL,
  audioInputPerMillion: DECIMAL,
};

const PRICE_ABOVE = closedMap(
  { inputTokens: integerFrom(1), inputPerMillion: DECIMAL, outputPerMillion: DECIMAL, ...OTHER_INPUT },
  ['inputTokens', 'inputPerMillion', 'outputPerMillion'],
);

const PRICE: Schema = {
  type: ['string', 'object'],
  format: 'free',
  properties: {
    inputPerMillion: DECIMAL,
    outputPerMillion: DECIMAL,
    ...OTHER_INPUT,
    perRequest: DECIMAL,
    perImage: { type: ['string', 'object'], format: 'price', additionalProperties: DECIMAL, minProperties: 1 },
    batchFactor: textIn('batch-factor'),
    above: listOf(PRICE_ABOVE),
  },
  additionalProperties: false,
  minProperties: 1,
};

/** Fields of a request that a model may say a default for, within the same bounds; a vendor's own are passed on unread. */
const PARAMS: Schema = {
  type: 'object',
  properties: {
    temperature: { type: 'number', minimum: 0, maximum: 2 },
    topP: FRACTION,
    frequencyPenalty: { type: 'number', minimum: -2, maximum: 2 },
    presencePenalty: { type: 'number', minimum: -2, maximum: 2 },
    maxTokens: integerFrom(1),
    systemPrompt: { type: 'string' },
    stop: listOf(TEXT),
    tools: listOf(OPEN_MAP),
    providerOptions: { type: 'object', additionalProperties: OPEN_MAP },
    size: textIn('image-size'),
    width: { type: 'integer', minimum: 16, maximum: 8192 },
    height: { type: 'integer', minimum: 16, maximum: 8192 },
    n: { type: 'integer', minimum: 1, maximum: 10 },
    quality: TEXT,
    responseFormat: oneOfWords(['url', 'base64']),
  },
  additionalProperties: true,
};

const WINDOW = { contextWindow: integerFrom(1), maxOutputTokens: integerFrom(1) };

const VERSION = closedMap({
  provider: TEXT,
  providerModel: TEXT,
  ...WINDOW,
  price: PRICE,
  params: PARAMS,
  adapter: TEXT,
});

/** Of the whole, of a provider and of a model. */
export const CACHE = closedMap({
  enabled: SWITCH,
  ttlSeconds: integerFrom(1),
  maxEntries: integerFrom(1),
  key: { ...listOf(textIn('cache-field')), minItems: 1 },
});

/** Of the whole and of a model: the answer of a job that ran out of time. */
export const ON_TIMEOUT = closedMap({ content: { type: 'string' } }, ['content']);

/** An entry of `models`. */
export const MODEL = closedMap(
  {
    id: textIn('name'),
    name: TEXT,
    provider: TEXT,
    providerModel: TEXT,
    capabilities: { ...listOf(oneOfWords(CAPABILITIES)), minItems: 1, uniqueItems: true },
    ...WINDOW,
    defaultMaxTokens: integerFrom(1),
    price: PRICE,
    params: PARAMS,
    quality: FRACTION,
    speed: FRACTION,
    versions: mapOf(VERSION, 'name'),
    defaultVersion: TEXT,
    permission: textIn('name'),
    fallbackModels: listOf(TEXT),
    cache: CACHE,
    onTimeout: ON_TIMEOUT,
    modelPath: TEXT,
    device: oneOfWords(['auto', 'cpu', 'cuda']),
    dtype: TEXT,
    maxLength: integerFrom(1),
    normalize: SWITCH,
    modelType: TEXT,
    keepLoadedMs: integerFrom(0),
    batching: closedMap({ maxSize: integerFrom(1), maxWaitMs: integerFrom(0) }),
    pull: SWITCH,
    quantization: closedMap({ bits: { type: 'integer', enum: [4, 8, 16] } }, ['bits']),
  },
  ['id', 'provider', 'capabilities'],
);
