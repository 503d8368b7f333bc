import { closedMap, mapOf, oneOfWords, SECRET, textIn, type Schema } from './schema.js';

const POINTER = textIn('json-pointer');

/** What each call of a mapping says besides what it reads. */
const CALL = {
  path: textIn('url-path'),
  method: oneOfWords(['GET', 'POST', 'PUT']),
  headers: mapOf(SECRET, 'header-name'),
  // Any JSON: it is the server's own.
  body: {},
  error: POINTER,
} satisfies Readonly<Record<string, Schema>>;

const USAGE = closedMap(
  {
    promptTokens: POINTER,
    completionTokens: POINTER,
    totalTokens: POINTER,
    cachedPromptTokens: POINTER,
    reasoningTokens: POINTER,
  },
  ['promptTokens'],
);

const FINISH_REASON = oneOfWords(['stop', 'length', 'content_filter', 'tool_calls']);

/** How a server of any JSON over HTTP is spoken to: `mapping` of a provider of the kind custom. */
export const MAPPING = closedMap({
  key: closedMap({ header: textIn('header-name'), prefix: { type: 'string' } }, ['header']),
  generate: closedMap(
    {
      ...CALL,
      text: POINTER,
      usage: USAGE,
      finishReason: POINTER,
      finishReasons: { type: 'object', additionalProperties: FINISH_REASON },
    },
    ['path', 'text'],
  ),
  embed: closedMap({ ...CALL, embeddings: POINTER, vector: POINTER, usage: USAGE }, ['path', 'embeddings']),
  image: closedMap({ ...CALL, images: POINTER, base64: POINTER, url: POINTER }, ['path', 'images']),
  models: closedMap({ ...CALL, list: POINTER, id: POINTER }, ['path', 'list']),
});
