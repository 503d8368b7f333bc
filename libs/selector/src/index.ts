export { chooseModel } from './choose-model.js';
export type { Choice, ModelSelection, SelectionContext, SelectionRequest } from './selection.js';
