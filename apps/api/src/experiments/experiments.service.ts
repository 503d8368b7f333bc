import { Inject, Injectable } from '@nestjs/common';
import type { Author } from '@switchyard/config';
import { GatewayError, type ExperimentMetric, type ExperimentSettings } from '@switchyard/contract';
import { judgeExperiment, type JudgedArm, type ObservedArm, type Verdict } from '@switchyard/experiments';
import type { Submitter } from '@switchyard/gate';
import { readExperiment, type ArmOutcomes } from '@switchyard/jobs';
import { registryOf, type ResolvedModel } from '@switchyard/registry';
import { drawArm, placeExperiment } from '@switchyard/selector';
import { API_CONTEXT, type ApiContext } from '../api-context.js';
import { ControlPlaneService } from '../control-plane/control-plane.service.js';
import { timely } from '../http/timely.js';

/** What a user is given by an experiment. */
export interface UserAssignment {
  readonly experiment: string;
  readonly arm: string;
  readonly model: ResolvedModel;
}

/** An experiment as it stands. */
export interface ExperimentReport {
  readonly name: string;
  readonly settings: ExperimentSettings;
  readonly goal: ExperimentMetric;
  /** As the configuration has them, the control first. */
  readonly arms: readonly { readonly judged: JudgedArm; readonly outcomes: ArmOutcomes | undefined }[];
  readonly verdict: Verdict;
}

/** Without a goal of its own an experiment is decided by how many jobs succeed. */
const DEFAULT_GOAL: ExperimentMetric = 'success';

/** What experiments assign, and what came of it. */
@Injectable()
export class ExperimentsService {
  constructor(
    @Inject(API_CONTEXT) private readonly context: ApiContext,
    @Inject(ControlPlaneService) private readonly controlPlane: ControlPlaneService,
  ) {}

  /** Draws a user's arm as a job of theirs would, and counts nothing. */
  assign(name: string, userId: string, { configuration }: Submitter): UserAssignment {
    const experiment = placeExperiment(name, settingsOf(configuration.experiments, name), registryOf(configuration));
    if (!experiment) throw new Error(`The experiment ${name} has no arm with a model.`);
    const { name: arm, target } = drawArm(experiment, userId);
    return { experiment: name, arm, model: target };
  }

  async report(name: string): Promise<ExperimentReport> {
    const settings = this.#settings(name);
    const { goal = DEFAULT_GOAL } = settings;
    const outcomes = await timely(() => readExperiment(this.context.app.database, name));
    const observed = Object.keys(settings.arms).map((arm): ObservedArm => ({
      name: arm,
      metrics: outcomes.find((each) => each.arm === arm)?.metrics ?? {},
    }));
    const { arms, verdict } = judgeExperiment(observed, goal);
    return {
      ...{ name, settings, goal, verdict },
      arms: arms.map((judged) => ({ judged, outcomes: outcomes.find(({ arm }) => arm === judged.name) })),
    };
  }

  /** Lets an experiment assign arms, or gives everybody the first one. */
  async run(name: string, running: boolean, author: Author): Promise<ExperimentReport> {
    this.#settings(name);
    await this.controlPlane.mergeAll({ experiments: { [name]: { running } } }, author);
    return await this.report(name);
  }

  /**
   * Makes the experiment's alias name an arm's model, and stops the experiment, in one change.
   * @param arm Default: the winner.
   * @throws GatewayError 409 where there is no alias or no winner, 404 for an arm that there is not
   */
  async promote(name: string, arm: string | undefined, author: Author): Promise<ExperimentReport> {
    const { settings, verdict } = await this.report(name);
    const { alias } = settings;
    if (alias === undefined) {
      throw conflict(`The experiment ${name} names no alias to promote to; give it one as \`alias\`.`);
    }
    if (arm === undefined && !verdict.decided) throw conflict(`${verdict.reason} Name the arm to promote it anyway.`);
    const chosen = arm ?? (verdict.decided ? verdict.winner : '');
    const promoted = Object.hasOwn(settings.arms, chosen) ? settings.arms[chosen] : undefined;
    if (!promoted)
      throw new GatewayError('not_found_error', 'The experiment has no arm of this name.', { param: 'arm' });
    const { model, version } = promoted;
    const id = registryOf(this.context.app.configuration.current).resolveModel(model)?.id ?? model;
    const changes = {
      aliases: { [alias]: model },
      experiments: { [name]: { running: false } },
      ...(version === undefined ? {} : { models: [{ id, defaultVersion: version }] }),
    };
    await this.controlPlane.mergeAll(changes, author);
    return await this.report(name);
  }

  #settings(name: string): ExperimentSettings {
    return settingsOf(this.context.app.configuration.current.experiments, name);
  }
}

function conflict(message: string): GatewayError {
  return new GatewayError('conflict_error', message);
}

function settingsOf(experiments: Readonly<Record<string, ExperimentSettings>>, name: string): ExperimentSettings {
  const settings = Object.hasOwn(experiments, name) ? experiments[name] : undefined;
  if (settings) return settings;
  throw new GatewayError('not_found_error', 'There is no experiment of this name.');
}
