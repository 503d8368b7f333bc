import { FALLBACK_KINDS } from '@switchyard/contract';
import { closedMap, integerFrom, listOf, mapOf, oneOfWords, OPEN_MAP, TEXT, textIn, type Schema } from './schema.js';

export const CONTENT_RULES = listOf(
  closedMap(
    {
      name: textIn('name'),
      where: { ...listOf(oneOfWords(['input', 'output'])), minItems: 1 },
      pattern: TEXT,
      words: { ...listOf(TEXT), minItems: 1 },
      personalData: { ...listOf(oneOfWords(['email', 'phone', 'card', 'iban'])), minItems: 1 },
      moderationModel: TEXT,
      action: oneOfWords(['block', 'redact', 'flag']),
      refusal: TEXT,
      onBlock: oneOfWords(['refuse', 'fail']),
    },
    ['name', 'action'],
  ),
);

export const PROMPT_TEMPLATES = mapOf({ ...mapOf(TEXT, 'name'), minProperties: 1 }, 'name');

export const GENERATORS = mapOf(
  closedMap(
    {
      model: TEXT,
      template: TEXT,
      retriever: TEXT,
      reranker: TEXT,
      maxDocuments: integerFrom(1),
      historyTurns: integerFrom(0),
    },
    ['model'],
  ),
  'name',
);

const REPLACEMENT = closedMap({ pattern: TEXT, with: { type: 'string' } }, ['pattern', 'with']);

export const ADAPTERS = mapOf(
  closedMap({
    systemPrompt: TEXT,
    params: OPEN_MAP,
    loraModel: TEXT,
    output: closedMap({
      replace: { type: ['object', 'array'], additionalProperties: { type: 'string' }, items: REPLACEMENT },
      template: TEXT,
    }),
    models: listOf(TEXT),
    botTypes: listOf(TEXT),
  }),
  'name',
);

/** Kinds of error after which the next target is tried. */
export const FALLBACK_ON: Schema = {
  type: ['string', 'array'],
  format: 'any',
  items: oneOfWords(FALLBACK_KINDS),
};

export const LOG_LEVELS = mapOf(oneOfWords(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']), 'name');
