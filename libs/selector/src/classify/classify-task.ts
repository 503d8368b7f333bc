import { measureComplexity } from './measure-complexity.js';
import { readPrompt, type ReadPrompt } from './read-prompt.js';
import { TASK_TYPES, type TaskType } from '@switchyard/contract';
import { CODE_THINGS, MAKING_VERBS, TECHNOLOGIES, VOCABULARY } from './vocabulary.js';

/** A task as it is read from a prompt. */
interface ClassifiedTask {
  readonly type: TaskType;
  /** 0 to 1. */
  readonly complexity: number;
}

/** Words that stand between a verb and its thing without changing either. */
const FILLERS: ReadonlySet<string> = new Set([
  'a',
  'an',
  'the',
  'this',
  'that',
  'these',
  'my',
  'our',
  'your',
  'some',
  'me',
  'us',
  'of',
  'in',
  'for',
  'following',
  'simple',
  'small',
  'new',
  'please',
  'good',
  'short',
  'quick',
  'full',
  'complete',
  'all',
  'each',
  'below',
  'above',
  'to',
]);

/** Below it a prompt says too little of any task of software. */
const LEAST_SCORE = 2;

/**
 * What a prompt asks for, and how hard it is: from its words alone, the same each time, in well under 0.2 ms.
 * The first words weigh double, because that is where people say what they want.
 */
export function classifyTask(prompt: string): ClassifiedTask {
  const read = readPrompt(prompt);
  const type = typeOf(read);
  return { type, complexity: measureComplexity(read, type) };
}

function typeOf(read: ReadPrompt): TaskType {
  const scores = scoreWords(read);
  const isTechnical = read.codeLines > 0 || read.words.some((word) => TECHNOLOGIES.has(word));
  if (makesCode(read.words)) scores.code_generation += isTechnical ? 3 : 2;
  if (read.codeLines > 0) {
    scores.code_explanation += read.endsInQuestion ? 2 : 1;
    scores.code_review += 0.5;
    scores.general -= 2;
  }
  if (!isTechnical && scores.code_generation < 3) scores.code_explanation *= 0.4;
  let best: TaskType = 'general';
  for (const type of TASK_TYPES) {
    if (type !== 'general' && scores[type] > (best === 'general' ? 0 : scores[best])) best = type;
  }
  return scores[best] < LEAST_SCORE || scores.general >= scores[best] ? 'general' : best;
}

function scoreWords({ words }: ReadPrompt): Record<TaskType, number> {
  const scores = Object.fromEntries(TASK_TYPES.map((type) => [type, 0])) as Record<TaskType, number>;
  const said = new Set<string>();
  let previous = '';
  words.forEach((word, index) => {
    for (const phrase of [word, previous === '' ? '' : `${previous} ${word}`]) {
      const weights = VOCABULARY.get(phrase);
      // What is said twice is not meant twice.
      if (!weights || said.has(phrase)) continue;
      said.add(phrase);
      const emphasis = index < 12 ? 2 : 1;
      for (const type of TASK_TYPES) scores[type] += (weights[type] ?? 0) * emphasis;
    }
    if (!FILLERS.has(word)) previous = word;
  });
  return scores;
}

/** Whether it says to make a thing of code: a verb, and within its next six words what is to be made. */
function makesCode(words: readonly string[]): boolean {
  return words.slice(0, 40).some((word, index) => {
    return MAKING_VERBS.has(word) && words.slice(index + 1, index + 7).some((next) => CODE_THINGS.has(next));
  });
}
