import type { Preference } from '@switchyard/contract';
import type { ResolvedModel } from '@switchyard/registry';
import type { Chosen, Choosing } from './choose-model.js';
import { obstacleOf } from './judge-model.js';
import { NOTHING_MEASURED, type Measurements } from './score/measurements.js';
import { measuredQuality, scoreModels, type Demand, type ScoredModel } from './score/score-models.js';

/** How long an answer is thought to be for comparing models, where the request does not bound it. In tokens. */
const USUAL_ANSWER_TOKENS = 500;

/** How far below the best one's a model's measured quality may be for `value` to take it for its price. 0 to 1. */
const VALUE_MARGIN = 0.05;

/**
 * Takes the best of those models that can take the job; of equal ones the first. Those that take no calls now are passed
 * over unless none does. `value` takes the cheapest whose
 * quality for the task was measured and is close to the best one's, where any was measured.
 * @param where In words, out of which.
 * @returns undefined where none can
 */
export function chooseByScore(choosing: Choosing, models: readonly ResolvedModel[], where: string): Chosen | undefined {
  const { measurements } = choosing.context;
  const able = models.filter((model) => obstacleOf(model, choosing.needs) === undefined);
  const open = able.filter(({ id }) => measurements.get(id)?.available !== false);
  const demand = demandOf(choosing);
  const scored = scoreModels(open.length > 0 ? open : able, demand, measurements);
  const byValue = demand.preference === 'value' ? cheapestOfTheGood(scored, demand, measurements) : undefined;
  if (byValue) {
    const reason = `the cheapest whose measured quality for ${demand.task?.type ?? ''} is within ${VALUE_MARGIN} of the best`;
    return { targets: [byValue.model], reason };
  }
  const best = bestOf(scored);
  if (!best) return undefined;
  const reason = `the best ${where} by score (${best.score} of ${scored.length} that can, preferring ${demand.preference})`;
  return { targets: [best.model], reason };
}

/** What a score goes by. */
export function demandOf({ facts, request: { type, request, selection } }: Choosing): Demand {
  const writesText = type === 'generation' || type === 'code';
  const preference: Preference = selection?.prefer ?? 'balanced';
  return {
    task: facts.task,
    preference,
    quantity: {
      promptTokens: facts.tokens,
      outputTokens: writesText ? (request.maxTokens ?? USUAL_ANSWER_TOKENS) : 0,
      images: type === 'image' ? (request.n ?? 1) : 0,
    },
  };
}

function bestOf(scored: readonly ScoredModel[]): ScoredModel | undefined {
  let best: ScoredModel | undefined;
  for (const model of scored) if (!best || model.score > best.score) best = model;
  return best;
}

function cheapestOfTheGood(
  scored: readonly ScoredModel[],
  { task }: Demand,
  measurements: Measurements = NOTHING_MEASURED,
): ScoredModel | undefined {
  const measured = scored.flatMap((each) => {
    const quality = measuredQuality(measurements.get(each.model.id) ?? {}, task);
    return quality === undefined ? [] : [{ each, quality }];
  });
  const best = Math.max(...measured.map(({ quality }) => quality));
  let cheapest: ScoredModel | undefined;
  for (const { each, quality } of measured) {
    if (quality >= best - VALUE_MARGIN && (!cheapest || each.cost < cheapest.cost)) cheapest = each;
  }
  return cheapest;
}
