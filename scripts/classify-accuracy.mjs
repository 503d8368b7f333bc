import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { TASK_TYPES } from '@switchyard/contract';
import { classifyTask } from '@switchyard/selector';

/**
 * How often the classifier is right on the labelled prompts: on the half that it was built on, and on the half that it
 * has never seen.
 *
 *     npm run -s classify:accuracy                          both halves, as one JSON document
 *     npm run -s classify:accuracy -- --half seen --misses  what it gets wrong, for whoever works on it
 *
 * Misses are listed of the seen half only: the other one is for measuring. The figure to hold is 0.9 on the unseen half.
 */
const { values } = parseArgs({ options: { half: { type: 'string' }, misses: { type: 'boolean', default: false } } });
if (values.half !== undefined && values.half !== 'seen' && values.half !== 'unseen') {
  process.stderr.write('--half takes seen or unseen; leave it out for both.\n');
  process.exit(2);
}

const LABELLED = new URL('../libs/selector/src/classify/labelled/', import.meta.url);
const halves = values.half === undefined ? ['seen', 'unseen'] : [values.half];

if (values.misses) {
  for (const { prompt, task, as } of judge('seen').filter(({ isRight }) => !isRight)) {
    process.stdout.write(`${task} taken for ${as}: ${prompt.replaceAll('\n', ' ').slice(0, 220)}\n`);
  }
} else {
  const report = Object.fromEntries(halves.map((half) => [half, summarize(judge(half))]));
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
}

function judge(half) {
  const lines = readFileSync(new URL(`${half}.jsonl`, LABELLED), 'utf8')
    .split('\n')
    .filter(Boolean);
  return lines.map((line) => {
    const { prompt, task, complexity } = JSON.parse(line);
    const start = process.hrtime.bigint();
    const found = classifyTask(prompt);
    const microseconds = Number(process.hrtime.bigint() - start) / 1_000;
    return { prompt, task, complexity, as: found.type, found, isRight: found.type === task, microseconds };
  });
}

function summarize(judged) {
  const share = (some) => Math.round((some.filter(({ isRight }) => isRight).length / some.length) * 1_000) / 1_000;
  return {
    prompts: judged.length,
    accuracy: share(judged),
    byTask: Object.fromEntries(TASK_TYPES.map((type) => [type, share(judged.filter(({ task }) => task === type))])),
    takenFor: Object.fromEntries(TASK_TYPES.map((type) => [type, countOthers(judged, type)])),
    meanComplexity: Object.fromEntries(
      ['low', 'medium', 'high'].map((level) => [level, mean(judged.filter(({ complexity }) => complexity === level))]),
    ),
  };
}

/** For what else prompts of a type were taken, and how often. */
function countOthers(judged, type) {
  const counts = {};
  for (const { as, isRight, task } of judged) if (task === type && !isRight) counts[as] = (counts[as] ?? 0) + 1;
  return counts;
}

function mean(judged) {
  const sum = judged.reduce((total, { found }) => total + found.complexity, 0);
  return Math.round((sum / judged.length) * 100) / 100;
}
