import { CODE_TASK_TYPES, TASK_TYPES, type Preference, type TaskType } from '@switchyard/contract';
import type { ResolvedModel } from '@switchyard/registry';
import type { Task } from '../classify/task.js';
import { estimateCost, type Quantity } from './estimate-cost.js';
import type { Measurements, ModelMeasurements } from './measurements.js';
import { WEIGHTS, type ScoreParts } from './weights.js';

/** What a job asks of a model, as far as one may do it better than another. */
export interface Demand {
  readonly quantity: Quantity;
  readonly task: Task | undefined;
  readonly preference: Preference;
}

/** A model and how well it suits. */
export interface ScoredModel {
  readonly model: ResolvedModel;
  /** 0 to 1. */
  readonly score: number;
  readonly parts: ScoreParts;
  /** In nano-dollars; to compare by. */
  readonly cost: number;
}

/** Said of a model of which nothing is known. */
const UNKNOWN = 0.5;
/** Of a task of code, for a model that is not made for it. */
const NOT_MADE_FOR_CODE = 0.4;
const UNMEASURED: ModelMeasurements = {};

/**
 * Scores models for a job, in the order given. Costs and latencies count by their ratio to the least among those that
 * could take it, so that ten times the price is as far from twice as twice is from two fifths.
 * @param able Those that could take it. Default: all of them.
 */
export function scoreModels(
  models: readonly ResolvedModel[],
  { quantity, task, preference }: Demand,
  measurements: Measurements,
  able = models,
): readonly ScoredModel[] {
  const costsOf = (some: readonly ResolvedModel[]): readonly number[] =>
    some.map(({ price }) => estimateCost(price, quantity));
  const costs = costsOf(models);
  const cheapness = nearness(able === models ? costs : costsOf(able));
  const latencies: number[] = [];
  for (const { id } of able) {
    const latencyMs = measurements.get(id)?.latencyMs;
    if (latencyMs !== undefined) latencies.push(latencyMs);
  }
  const swiftness = nearness(latencies);
  const tokens = quantity.promptTokens + quantity.outputTokens;
  const weights = WEIGHTS[preference];
  return models.map((model, index) => {
    const seen = measurements.get(model.id) ?? UNMEASURED;
    const cost = costs[index] ?? 0;
    const quality = measuredQuality(seen, task) ?? model.quality ?? UNKNOWN;
    const latency = seen.latencyMs === undefined ? undefined : swiftness(seen.latencyMs);
    const parts: ScoreParts = {
      fit: fitOf(model, quality, task),
      // From half of the window on there is ever less room.
      window: model.contextWindow === undefined ? 1 : bounded(2 - (2 * tokens) / model.contextWindow),
      cost: cheapness(cost),
      speed: latency ?? model.speed ?? UNKNOWN,
      quality,
      availability: seen.available === false ? 0 : 1,
      latency: latency ?? UNKNOWN,
      // Whoever was not tried has not failed.
      errors: 1 - (seen.errorRate ?? 0),
    };
    return { model, cost, parts, score: scoreOf(parts, weights) };
  });
}

/** The mean score that a model's answers to a task were given. */
export function measuredQuality({ quality }: ModelMeasurements, task: Task | undefined): number | undefined {
  return task && isTaskType(task.type) ? quality?.[task.type] : undefined;
}

const KNOWN_TYPES: ReadonlySet<string> = new Set(TASK_TYPES);
const TYPES_OF_CODE: ReadonlySet<string> = new Set(CODE_TASK_TYPES);

function isTaskType(type: string): type is TaskType {
  return KNOWN_TYPES.has(type);
}

/** A task of code wants a model of code; a hard task wants a good one, and an easy one is no reason for it. */
function fitOf({ capabilities }: ResolvedModel, quality: number, task: Task | undefined): number {
  if (!task) return 1;
  const made = !TYPES_OF_CODE.has(task.type) || capabilities.includes('code') ? 1 : NOT_MADE_FOR_CODE;
  return made * bounded(1 - Math.max(0, task.complexity - quality));
}

/** What the cheapest is short of one that is free: no ratio tells that. */
const SHORT_OF_FREE = 0.2;

/** 1 for the least of the values, 0 for the most, by the logarithm between them. Nothing at all is less than the least. */
function nearness(values: readonly number[]): (value: number) => number {
  let [least, most] = [Infinity, 0];
  for (const value of values) {
    if (value <= 0) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const top = values.some((value) => value <= 0) ? 1 - SHORT_OF_FREE : 1;
  if (most <= least) return (value) => (value <= 0 ? 1 : top);
  const [bottom, span] = [Math.log(least), Math.log(most / least)];
  return (value) => (value <= 0 ? 1 : top * bounded(1 - (Math.log(value) - bottom) / span));
}

function scoreOf(parts: ScoreParts, weights: ScoreParts): number {
  // Written out, since it is done for every model: looking the names up would take longer than all the rest.
  const score =
    parts.fit * weights.fit +
    parts.window * weights.window +
    parts.cost * weights.cost +
    parts.speed * weights.speed +
    parts.quality * weights.quality +
    parts.availability * weights.availability +
    parts.latency * weights.latency +
    parts.errors * weights.errors;
  return Math.round(score * 10_000) / 10_000;
}

function bounded(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
