import { countTokens } from '../content/count-tokens.js';
import { embedText } from '../content/embed-text.js';
import { isRecord, type JsonRecord } from '../content/record.js';
import { reportUsage } from '../content/report-usage.js';
import type { Answerer } from '../exchange/dialect.js';
import { invalid } from './gemini-dialect.js';
import { readWhole } from './generate-request.js';
import { readParts } from './read-contents.js';

const STANDARD_DIMENSIONS = 768;
const MOST_INSTANCES = 250;

function dimensionsIn(config: unknown): number {
  return (isRecord(config) ? readWhole(config, 'outputDimensionality') : undefined) ?? STANDARD_DIMENSIONS;
}

function readInstance(instance: unknown, index: number): string {
  const content = isRecord(instance) ? instance['content'] : undefined;
  if (typeof content === 'string' && content !== '') return content;
  return invalid(`instances[${index}].content`, 'the text content is empty');
}

/** Answers `:predict` of a model that embeds. @throws Refusal */
export const answerPredict: Answerer = (body: JsonRecord, { steering }) => {
  const { instances, parameters } = body;
  if (!Array.isArray(instances) || instances.length === 0 || instances.length > MOST_INSTANCES) {
    return invalid('instances', `1 to ${MOST_INSTANCES} instances are allowed`);
  }
  const dimensions = dimensionsIn(parameters);
  const predictions = (instances as readonly unknown[]).map(readInstance).map((text) => {
    const counts = reportUsage(steering.usage, { token_count: countTokens(text) });
    const statistics = counts && { truncated: false, ...counts };
    return { embeddings: { ...(statistics && { statistics }), values: [...embedText(text, dimensions)] } };
  });
  return { kind: 'json', body: { predictions } };
};

/** Answers `:embedContent`, which takes one content. @throws Refusal */
export function answerEmbedContent(model: string): Answerer {
  return ({ content, embedContentConfig }, { steering }) => {
    const { text } = readParts(content, 'content', model);
    const tokens = countTokens(text);
    const usageMetadata = reportUsage(steering.usage, { promptTokenCount: tokens, totalTokenCount: tokens });
    const embedding = { values: [...embedText(text, dimensionsIn(embedContentConfig))] };
    return { kind: 'json', body: { embedding, ...(usageMetadata && { usageMetadata }), truncated: false } };
  };
}
