import type { ExperimentSettings } from '@switchyard/contract';
import { assignArm, type Arm, type Experiment } from '@switchyard/experiments';
import type { Registry, ResolvedModel } from '@switchyard/registry';

/** An arm, and the model that it stands for. */
export interface PlacedArm extends Arm {
  readonly target: ResolvedModel;
}

/** An experiment of the configuration, its models resolved. */
export interface PlacedExperiment extends Experiment<PlacedArm> {
  /** False: everybody has the first arm, and nothing is recorded. */
  readonly running: boolean;
}

/** What an experiment assigned. */
export interface Assignment {
  readonly name: string;
  readonly arm: string;
  /** To whom: what is brought by one unit counts as one. */
  readonly unit: string;
}

/**
 * Resolves the arms of an experiment.
 * @returns undefined where none has a model, which a checked configuration does not have
 */
export function placeExperiment(
  name: string,
  { arms, running = true }: ExperimentSettings,
  registry: Registry,
): PlacedExperiment | undefined {
  const [first, ...others] = Object.entries(arms).flatMap(([arm, { model, version, weight = 1 }]): PlacedArm[] => {
    const target = registry.resolveModel(model, version);
    return target ? [{ name: arm, weight, target }] : [];
  });
  return first && { name, running, arms: [first, ...others] };
}

/** Draws the arm of a unit; of an experiment that has stopped, the first. */
export function drawArm(experiment: PlacedExperiment, unit: string): PlacedArm {
  return experiment.running ? assignArm(experiment, unit) : experiment.arms[0];
}
