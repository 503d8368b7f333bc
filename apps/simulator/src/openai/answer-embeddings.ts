import { countTokens } from '../content/count-tokens.js';
import { embedText } from '../content/embed-text.js';
import type { JsonRecord } from '../content/record.js';
import { reportUsage } from '../content/report-usage.js';
import type { Answer, AnswerContext } from '../exchange/dialect.js';
import { invalid, missing, readModel, readWhole, readWord } from './read-fields.js';

const STANDARD_DIMENSIONS = 384;
const MOST_DIMENSIONS = 4_096;
const MOST_INPUTS = 2_048;

function isTokens(input: unknown): input is readonly number[] {
  return Array.isArray(input) && input.length > 0 && input.every((item) => typeof item === 'number');
}

/** A text as it is; a list of tokens as the text of their numbers. */
function readInput(input: unknown, at: string): { text: string; tokens: number } {
  if (typeof input === 'string' && input !== '') return { text: input, tokens: countTokens(input) };
  if (isTokens(input)) return { text: input.join(' '), tokens: input.length };
  return invalid(at, 'a text that is not empty, or tokens');
}

/** Answers `POST /v1/embeddings`. @throws Refusal */
export function answerEmbeddings(body: JsonRecord, { steering }: AnswerContext): Answer {
  const model = readModel(body);
  const input = body['input'];
  if (input === undefined) missing('input');
  const list: readonly unknown[] = Array.isArray(input) && !isTokens(input) ? input : [input];
  if (list.length === 0 || list.length > MOST_INPUTS) invalid('input', `1 to ${MOST_INPUTS} texts`);
  const inputs = list.map((item, index) => readInput(item, `input[${index}]`));
  const dimensions = readWhole(body, 'dimensions', 1, MOST_DIMENSIONS) ?? STANDARD_DIMENSIONS;
  const format = readWord(body, 'encoding_format', ['float', 'base64']);
  const data = inputs.map(({ text }, index) => {
    const vector = embedText(text, dimensions);
    const embedding = format === 'float' ? [...vector] : Buffer.from(vector.buffer).toString('base64');
    return { object: 'embedding', index, embedding };
  });
  const tokens = inputs.reduce((sum, one) => sum + one.tokens, 0);
  const usage = reportUsage(steering.usage, { prompt_tokens: tokens, total_tokens: tokens });
  return { kind: 'json', body: { object: 'list', data, model, usage } };
}
