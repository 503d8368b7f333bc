export { Turns } from './balance/turns.js';
export { chooseModel } from './choose-model.js';
export { compileRouting, type Routing } from './routing.js';
export type { Measurements, ModelMeasurements } from './score/measurements.js';
export type { Choice, NeededWindow, SelectionContext } from './selection.js';
