export { chooseModel } from './choose-model.js';
export type { Choice, ModelSelection, NeededWindow, SelectionContext, SelectionRequest } from './selection.js';
