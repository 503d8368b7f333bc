export { Turns } from './balance/turns.js';
export { chooseModel } from './choose-model.js';
export { classifyTask } from './classify/classify-task.js';
export { explainChoice, type Explanation } from './explain-choice.js';
export { fallbacksOf, MOST_FALLBACKS } from './plan/fallbacks-of.js';
export { taskOf } from './rules/read-facts.js';
export { compileRouting, type Routing } from './routing.js';
export type { Measurements } from './score/measurements.js';
export type { Choice, NeededWindow, SelectionContext } from './selection.js';
