import { countTokens } from '../content/count-tokens.js';
import { embedText } from '../content/embed-text.js';
import type { JsonRecord } from '../content/record.js';
import { reportUsage } from '../content/report-usage.js';
import type { Answer, AnswerContext } from '../exchange/dialect.js';
import { Refusal } from '../refusal.js';
import { readModel } from './chat-request.js';

const STANDARD_DIMENSIONS = 384;
const MOST_DIMENSIONS = 4_096;

function readInputs(input: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(input) ? input : [input ?? ''];
  return list.map((text) => {
    if (typeof text !== 'string') throw new Refusal(400, 'invalid input type');
    return text;
  });
}

function readDimensions(dimensions: unknown): number {
  const wanted = dimensions ?? STANDARD_DIMENSIONS;
  const fits = typeof wanted === 'number' && Number.isInteger(wanted) && wanted >= 1 && wanted <= MOST_DIMENSIONS;
  if (!fits) throw new Refusal(400, `dimensions must be a whole number from 1 to ${MOST_DIMENSIONS}`);
  return wanted;
}

/** Answers `POST /api/embed`. @throws Refusal */
export function answerEmbed(body: JsonRecord, { steering }: AnswerContext): Answer {
  const model = readModel(body);
  const inputs = readInputs(body['input']);
  const dimensions = readDimensions(body['dimensions']);
  const embeddings = inputs.map((text) => [...embedText(text, dimensions)]);
  const tokens = inputs.reduce((sum, text) => sum + countTokens(text), 0);
  const counts = reportUsage(steering.usage, { prompt_eval_count: tokens });
  return {
    kind: 'json',
    body: { model, embeddings, total_duration: 2_000_000, load_duration: 1_000_000, ...counts },
  };
}
