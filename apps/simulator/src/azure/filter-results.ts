import { isRecord } from '../content/record.js';
import type { Answer } from '../exchange/dialect.js';

const SAFE = Object.fromEntries(
  ['hate', 'self_harm', 'sexual', 'violence'].map((harm) => [harm, { filtered: false, severity: 'safe' }]),
);
const OF_PROMPT = [{ prompt_index: 0, content_filter_results: SAFE }];

/** A stream begins with what was found in the prompt, in a chunk without an id or a choice. */
const FIRST_CHUNK = { choices: [], created: 0, id: '', model: '', object: '', prompt_filter_results: OF_PROMPT };

/** The same answer with what Azure's content filter found in it: nothing. */
export function withFilterResults(answer: Answer): Answer {
  if (answer.kind === 'events') return { ...answer, frames: opened(answer.frames) };
  const { body } = answer;
  return isRecord(body) ? { ...answer, body: { ...body, prompt_filter_results: OF_PROMPT } } : answer;
}

function* opened(frames: Iterable<string>): Iterable<string> {
  yield `data: ${JSON.stringify(FIRST_CHUNK)}\n\n`;
  yield* frames;
}
