import type { TaskType } from '@switchyard/contract';

/** What was seen of a model's calls, weighted by recency. Absent values were not measured. */
export interface ModelMeasurements {
  /** Of a whole attempt that succeeded, in milliseconds. */
  readonly latencyMs?: number;
  /** Part of the attempts that failed by the vendor's fault, 0 to 1. */
  readonly errorRate?: number;
  /** Mean score of its answers, 0 to 1, by task. */
  readonly quality?: Readonly<Partial<Record<TaskType, number>>>;
  /** Jobs that run or wait for it. */
  readonly busy?: number;
  /** False while its provider takes no calls for it. */
  readonly available?: boolean;
}

/** By our id of the model. */
export type Measurements = ReadonlyMap<string, ModelMeasurements>;

export const NOTHING_MEASURED: Measurements = new Map();
