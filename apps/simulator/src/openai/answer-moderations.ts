import { isRecord, type JsonRecord } from '../content/record.js';
import type { Answer, AnswerContext } from '../exchange/dialect.js';
import { invalid, missing } from './read-fields.js';

/** OpenAI's categories, each with words that the simulator takes for it. */
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  harassment: ['idiot', 'loser', 'stupid'],
  'harassment/threatening': ['threaten'],
  hate: ['hate', 'racist'],
  'hate/threatening': [],
  illicit: ['counterfeit', 'meth', 'smuggle'],
  'illicit/violent': ['bomb'],
  'self-harm': ['suicide'],
  'self-harm/intent': [],
  'self-harm/instructions': [],
  sexual: ['porn', 'sex'],
  'sexual/minors': [],
  violence: ['attack', 'kill', 'murder', 'stab'],
  'violence/graphic': ['gore'],
};
const FLAGGED_SCORE = 0.98;
const CLEAR_SCORE = 0.0001;

function readText(item: unknown): string {
  if (typeof item === 'string') return item;
  if (!isRecord(item)) return invalid('input', 'a text, or an array of texts or parts');
  return typeof item['text'] === 'string' ? item['text'] : '';
}

function judge(text: string): unknown {
  const words = new Set(text.toLowerCase().match(/\p{L}+/gu) ?? []);
  const hits = Object.entries(CATEGORIES).map(([name, cues]) => [name, cues.some((cue) => words.has(cue))] as const);
  return {
    flagged: hits.some(([, hit]) => hit),
    categories: Object.fromEntries(hits),
    category_scores: Object.fromEntries(hits.map(([name, hit]) => [name, hit ? FLAGGED_SCORE : CLEAR_SCORE])),
  };
}

/** Answers `POST /v1/moderations`: flags a text for a few plain words. @throws Refusal */
export function answerModerations(body: JsonRecord, { id }: AnswerContext): Answer {
  const input = body['input'];
  if (input === undefined) missing('input');
  const list: readonly unknown[] = Array.isArray(input) ? input : [input];
  const isParts = list.some(isRecord);
  const texts = isParts ? [list.map(readText).join('\n')] : list.map(readText);
  const model = typeof body['model'] === 'string' ? body['model'] : 'sim-moderation';
  return { kind: 'json', body: { id: `modr-${id}`, model, results: texts.map(judge) } };
}
