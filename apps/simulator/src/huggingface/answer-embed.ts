import { countTokens } from '../content/count-tokens.js';
import { embedText } from '../content/embed-text.js';
import type { JsonRecord } from '../content/record.js';
import { reportUsage } from '../content/report-usage.js';
import type { Answer, AnswerContext } from '../exchange/dialect.js';
import { Refusal } from '../refusal.js';

const DIMENSIONS = 384;
/** `--max-client-batch-size`, by default. */
const MOST_INPUTS = 32;
/** Tokens of one input. */
const MOST_TOKENS = 512;
const BYTES_PER_TOKEN = 4;
/** Vectors are of this length unless they are to be normalized. */
const OWN_LENGTH = 4;

function invalid(message: string, status = 422): never {
  throw new Refusal(status, `Input validation error: ${message}`, { code: 'Validation' });
}

function readTexts(inputs: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(inputs) ? inputs : [inputs];
  const texts = list.filter((text) => typeof text === 'string');
  if (texts.length === 0 || texts.length < list.length) invalid('`inputs` must be a text or a list of texts');
  if (texts.length > MOST_INPUTS)
    invalid(`batch size ${texts.length} > maximum allowed batch size ${MOST_INPUTS}`, 413);
  return texts;
}

/** Cut where it is too long, if that is allowed. */
function readText(text: string, truncate: boolean): string {
  const tokens = countTokens(text);
  if (tokens <= MOST_TOKENS) return text;
  if (!truncate) invalid(`\`inputs\` must have less than ${MOST_TOKENS} tokens. Given: ${tokens}`, 413);
  return Buffer.from(text)
    .subarray(0, MOST_TOKENS * BYTES_PER_TOKEN)
    .toString();
}

/** Answers `POST /embed`. @throws Refusal */
export function answerEmbed(body: JsonRecord, { steering }: AnswerContext): Answer {
  const truncate = body['truncate'] === true;
  const texts = readTexts(body['inputs']).map((text) => readText(text, truncate));
  const length = body['normalize'] === false ? OWN_LENGTH : 1;
  const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
  const told = Object.values(reportUsage(steering.usage, { tokens }) ?? {});
  return {
    kind: 'json',
    body: texts.map((text) => Array.from(embedText(text, DIMENSIONS), (number) => number * length)),
    ...(told.length > 0 && { headers: { 'x-compute-tokens': told.join() } }),
  };
}
