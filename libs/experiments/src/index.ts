export { assignArm } from './assign-arm.js';
export type { Arm, Experiment } from './experiment.js';
export type { ArmEstimate, ArmSums } from './estimate-arm.js';
export type { Comparison } from './compare-arms.js';
export { judgeExperiment, type JudgedArm, type Metric, type ObservedArm, type Verdict } from './judge-experiment.js';
