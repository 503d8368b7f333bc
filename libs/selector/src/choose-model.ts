import type { ResolvedModel } from '@switchyard/registry';
import { chooseByScore } from './choose-by-score.js';
import { chooseNamed } from './choose-named.js';
import { inDefaultOrder, modelsInOrder, reasonOfDefault } from './default-order.js';
import { needsOf, obstacleOf, type Needs } from './judge-model.js';
import { refusalOfAll, unavailable, unknownProvider, versionWithoutModel } from './refusals.js';
import type { Routing } from './routing.js';
import { readFacts, type RequestFacts } from './rules/read-facts.js';
import { decideByRule } from './rules/decide-by-rule.js';
import type { Choice, SelectionContext, SelectionRequest } from './selection.js';

const AUTO = 'auto';

/** A request in the middle of its choice. */
export interface Choosing {
  readonly request: SelectionRequest;
  readonly needs: Needs;
  readonly facts: RequestFacts;
  readonly routing: Routing;
  readonly context: SelectionContext;
}

/** A choice without what was found out about the request on the way. */
export type Chosen = Omit<Choice, 'task'>;

/**
 * Chooses the model of a job: the one that is named, or the member of the load balancer that is named whose turn it is;
 * of a provider that is named its default model, else its first that can. Without a name the first rule decides that
 * holds and whose target can do such jobs; without one the default provider does, its default model first, then the
 * fallback chain's in their order, then all others in the file's. Where the request says what it prefers, or there is
 * no default provider, the best by score is taken instead of the first. A model that lacks a capability, a permission
 * or the room for the prompt is never chosen.
 * @throws GatewayError `not_found_error` for an unknown model or version, `permission_error` for one that the key may
 *   not use, `invalid_request_error` (422) for everything else that cannot be met, with the field at fault
 */
export function chooseModel(request: SelectionRequest, routing: Routing, context: SelectionContext): Choice {
  const facts = readFacts(request, context);
  const chosen = decide({ request, needs: needsOf(request, context), facts, routing, context });
  return { ...chosen, task: facts.knownTask };
}

function decide(choosing: Choosing): Chosen {
  const { registry } = choosing.routing;
  const { modelId, provider, modelVersion } = namesOf(choosing.request);
  if (provider !== undefined && !registry.provider(provider)) throw unknownProvider(provider, registry);
  if (modelId === undefined && modelVersion !== undefined) throw versionWithoutModel();
  if (modelId !== undefined) return chooseNamed(choosing, { name: modelId, version: modelVersion, provider });
  if (provider !== undefined) return chooseOfProvider(choosing, provider);
  return decideByRule(choosing) ?? chooseAny(choosing);
}

/** What a request names; `auto` names nothing. */
export function namesOf({ selection = {} }: SelectionRequest): {
  readonly modelId: string | undefined;
  readonly provider: string | undefined;
  readonly modelVersion: string | undefined;
} {
  const unlessAuto = (name: string | undefined): string | undefined => (name === AUTO ? undefined : name);
  const { modelId, provider, modelVersion } = selection;
  return { modelId: unlessAuto(modelId), provider: unlessAuto(provider), modelVersion };
}

function chooseOfProvider(choosing: Choosing, provider: string): Chosen {
  const { needs, request, routing } = choosing;
  const { registry } = routing;
  const found = registry.provider(provider);
  if (found && !needs.supportedKinds.has(found.settings.kind)) {
    throw unavailable(provider, { kind: 'unsupported' }, registry, 'selection.provider');
  }
  if (found && !found.enabled) throw unavailable(provider, { kind: 'disabled' }, registry, 'selection.provider');
  const models = modelsInOrder(provider, registry);
  const where = `of the provider ${provider}, which the request names`;
  const chosen =
    request.selection?.prefer === undefined
      ? firstAble(choosing, models, where)
      : chooseByScore(choosing, models, where);
  if (!chosen) throw refusalOfAll(models, needs, `the provider ${provider}`, 'selection.provider');
  return chosen;
}

function firstAble({ needs, routing }: Choosing, models: readonly ResolvedModel[], where: string): Chosen | undefined {
  const model = models.find((candidate) => obstacleOf(candidate, needs) === undefined);
  return model && { targets: [model], reason: reasonOfDefault(model, routing.registry, where) };
}

function chooseAny(choosing: Choosing): Chosen {
  const { needs, request, routing } = choosing;
  const { registry } = routing;
  const byScore = request.selection?.prefer !== undefined || registry.defaultProvider === undefined;
  const chosen = byScore ? chooseByScore(choosing, routing.models, 'of all') : firstByDefault(choosing);
  if (!chosen) throw refusalOfAll(registry.listModels(), needs, 'this gateway', 'selection');
  return chosen;
}

function firstByDefault({ needs, routing: { registry } }: Choosing): Chosen | undefined {
  for (const { models, where } of inDefaultOrder(registry)) {
    const model = models.find((candidate) => obstacleOf(candidate, needs) === undefined);
    if (model) return { targets: [model], reason: reasonOfDefault(model, registry, where) };
  }
  return undefined;
}
