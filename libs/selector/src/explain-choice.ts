import { GatewayError, type TaskView } from '@switchyard/contract';
import type { ResolvedModel } from '@switchyard/registry';
import { demandOf } from './choose-by-score.js';
import { chooseModel, namesOf, type Choosing } from './choose-model.js';
import { needsOf, obstacleOf } from './judge-model.js';
import { describeObstacle } from './describe-obstacle.js';
import type { Routing } from './routing.js';
import { readFacts } from './rules/read-facts.js';
import { scoreModels } from './score/score-models.js';
import { SCORE_PARTS, WEIGHTS, type ScoreParts } from './score/weights.js';
import type { Choice, SelectionContext, SelectionRequest } from './selection.js';

/** A model that was looked at. */
export interface Candidate {
  readonly model: ResolvedModel;
  /** 0 to 1. */
  readonly score: number;
  readonly parts: ScoreParts;
  /** Whether it could take the job. */
  readonly kept: boolean;
  /** In words: why it was chosen, why not, or why it cannot take the job. */
  readonly reason: string;
}

/** A choice, with all that was looked at. */
export interface Explanation {
  /** Undefined where no candidate can take the job. */
  readonly choice: Choice | undefined;
  /** Why there is no choice. */
  readonly refusal: GatewayError | undefined;
  /** The chosen one first, then those that could take the job by their score, then the others. */
  readonly candidates: readonly Candidate[];
  /** What the job is taken for; null for one that writes no text. */
  readonly task: TaskView | null;
}

/**
 * Chooses as `chooseModel` does and tells of every model that was looked at. Uses no turn of a load balancer.
 * @throws GatewayError for a name that does not exist and for a contradiction: then there was nothing to look at
 */
export function explainChoice(request: SelectionRequest, routing: Routing, context: SelectionContext): Explanation {
  const facts = readFacts(request, context);
  const choosing: Choosing = { request, needs: needsOf(request, context), facts, routing, context };
  const { choice, refusal } = tryToChoose(request, routing, context);
  const models = lookedAt(choosing);
  if (refusal && models.length === 0) throw refusal;
  return { choice, refusal, candidates: describe(choosing, models, choice), task: facts.task ?? null };
}

function tryToChoose(
  request: SelectionRequest,
  routing: Routing,
  context: SelectionContext,
): Pick<Explanation, 'choice' | 'refusal'> {
  try {
    return { choice: chooseModel(request, routing, context), refusal: undefined };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { choice: undefined, refusal: error };
  }
}

/** The models that the request leaves open; none where it names what does not exist. */
function lookedAt({ request, routing }: Choosing): readonly ResolvedModel[] {
  const { registry } = routing;
  const { modelId, provider, modelVersion } = namesOf(request);
  const balancer = modelId === undefined ? undefined : routing.balancer(modelId);
  const experiment = modelId === undefined ? undefined : routing.experiment(modelId);
  const named = modelId === undefined ? undefined : registry.resolveModel(modelId, modelVersion);
  if (balancer && modelVersion === undefined) {
    return balancer.members
      .map(({ model }) => model)
      .filter((model) => (provider ?? model.provider) === model.provider);
  }
  if (experiment && modelVersion === undefined && provider === undefined) {
    return [...new Set(experiment.arms.map(({ target }) => target))];
  }
  if (modelId !== undefined) return named && (provider ?? named.provider) === named.provider ? [named] : [];
  if (modelVersion !== undefined) return [];
  return provider === undefined ? routing.models : registry.modelsOf(provider);
}

function describe(
  choosing: Choosing,
  models: readonly ResolvedModel[],
  choice: Choice | undefined,
): readonly Candidate[] {
  const { needs, context } = choosing;
  const demand = demandOf(choosing);
  const chosen = choice?.targets[0];
  const able = models.filter((model) => obstacleOf(model, needs) === undefined);
  const scored = scoreModels(models, demand, context.measurements, able);
  const lead = scored.find(({ model }) => model.id === chosen?.id);
  const rank = (candidate: Candidate): number => (candidate.model.id === chosen?.id ? 2 : candidate.kept ? 1 : 0);
  return scored
    .map(({ model, score, parts }): Candidate => {
      const obstacle = obstacleOf(model, needs);
      if (obstacle) return { model, score, parts, kept: false, reason: describeObstacle(model, obstacle, needs) };
      const isChosen = choice !== undefined && model.id === chosen?.id;
      const reason = isChosen ? choice.reason : reasonBehind(parts, lead?.parts, choosing);
      return { model, score, parts, kept: true, reason };
    })
    .toSorted((one, other) => rank(other) - rank(one) || other.score - one.score);
}

/** In which parts a model is behind the one that was chosen, the weightiest first. */
function reasonBehind(parts: ScoreParts, lead: ScoreParts | undefined, choosing: Choosing): string {
  const weights = WEIGHTS[demandOf(choosing).preference];
  const behind = SCORE_PARTS.map((part) => ({ part, by: ((lead?.[part] ?? 0) - parts[part]) * weights[part] }))
    .filter(({ by }) => by > 0.005)
    .toSorted((one, other) => other.by - one.by)
    .slice(0, 2)
    .map(({ part }) => part);
  return behind.length === 0 ? 'could take it too' : `could take it too; behind in ${behind.join(' and ')}`;
}
