import { TASK_TYPES, type TaskType } from '@switchyard/contract';
import { measureComplexity } from './measure-complexity.js';
import { readPrompt, type ReadPrompt } from './read-prompt.js';
import { VOCABULARY } from './vocabulary.js';
import { CODE_THINGS, FILLERS, TECHNOLOGIES } from './words-of-software.js';

/** A task as it is read from a prompt. */
interface ClassifiedTask {
  readonly type: TaskType;
  /** 0 to 1. */
  readonly complexity: number;
}

type Scores = Record<TaskType, number>;

/** People say what they want at the beginning, or at the end after what they paste. */
const BEGINNING = 12;
const END = 12;
const EMPHASIS = 2;
/** How a question begins. */
const ASKING: ReadonlySet<string> = new Set([
  'what',
  "what's",
  'is',
  'are',
  'does',
  'do',
  'who',
  'when',
  'which',
  'can',
]);
/** Below it a prompt says too little of any task of software. */
const LEAST_SCORE = 2;

/** What a prompt asks for, and how hard it is: from its words alone, the same each time, in well under 0.2 ms. */
export function classifyTask(prompt: string): ClassifiedTask {
  const read = readPrompt(prompt);
  const type = typeOf(read);
  return { type, complexity: measureComplexity(read, type) };
}

function typeOf(read: ReadPrompt): TaskType {
  const { words, hasCode, endsInQuestion } = read;
  const scores = scoreWords(read);
  const isTechnical = hasCode || words.some((word) => TECHNOLOGIES.has(word) || CODE_THINGS.has(word));
  if (hasCode) {
    scores.general -= 4;
    scores.code_explanation += endsInQuestion ? 3 : 1;
    scores.code_review += 0.5;
    scores.planning -= 2;
  } else if (isTechnical && (endsInQuestion || ASKING.has(words[0] ?? ''))) {
    // A question without code at hand is one about a concept, unless it asks how something is made.
    scores.general += 5;
    scores.code_explanation -= 1;
    scores.code_review -= 2;
    scores.refactoring -= 4;
  } else if (isTechnical) {
    scores.code_generation += 2;
    scores.code_explanation -= 1;
    scores.code_review -= 1;
    scores.refactoring -= 1;
  } else {
    scores.general += 2;
    scores.code_generation *= 0.4;
    scores.code_explanation *= 0.4;
    scores.code_review *= 0.5;
    scores.refactoring *= 0.5;
    scores.testing *= 0.7;
  }
  let best: TaskType = 'general';
  for (const type of TASK_TYPES) if (scores[type] > scores[best]) best = type;
  return scores[best] < LEAST_SCORE ? 'general' : best;
}

function scoreWords({ words }: ReadPrompt): Scores {
  const scores: Scores = {
    code_generation: 0,
    code_explanation: 0,
    code_review: 0,
    planning: 0,
    refactoring: 0,
    testing: 0,
    documentation: 0,
    general: 0,
  };
  const said = new Set<string>();
  const add = (phrase: string, emphasis: number): void => {
    const weights = VOCABULARY.get(phrase);
    // What is said twice is not meant twice.
    if (!weights || said.has(phrase)) return;
    said.add(phrase);
    for (const type of TASK_TYPES) scores[type] += (weights[type] ?? 0) * emphasis;
  };
  let lastFull = '';
  for (const [index, word] of words.entries()) {
    const emphasis = index < BEGINNING || index >= words.length - END ? EMPHASIS : 1;
    const [before = '', twoBefore = ''] = [words[index - 1], words[index - 2]];
    add(word, emphasis);
    if (index > 0) add(`${before} ${word}`, emphasis);
    if (index > 1) add(`${twoBefore} ${before} ${word}`, emphasis);
    if (lastFull !== before) add(`${lastFull} ${word}`, emphasis);
    if (!FILLERS.has(word)) lastFull = word;
  }
  return scores;
}
