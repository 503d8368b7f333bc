import { GatewayError } from '@switchyard/contract';
import type { Registry, ResolvedModel } from '@switchyard/registry';
import { needsOf, obstacleOf, type Needs } from '../judge-model.js';
import type { SelectionContext, SelectionRequest } from '../selection.js';

/** Targets that a plan has beside the chosen one, at most. */
export const MOST_FALLBACKS = 8;

/**
 * Where a job may go on after the model that was chosen for it, in order: what `selection.fallback` lists; else the
 * model's `fallbackModels`, then, unless a model or a provider was named without `fallback: true`, the chain of
 * providers. A provider means its `defaultModel`, or where it has none its first that can. Models that lack a
 * capability, a permission or the room for the prompt are left out, and so is the second of two that are the same.
 * @throws GatewayError 422 for a name in `selection.fallback` that is neither a model nor a provider
 */
export function fallbacksOf(
  chosen: ResolvedModel,
  request: SelectionRequest,
  registry: Registry,
  context: Pick<SelectionContext, 'permissions' | 'supportedKinds'>,
): readonly ResolvedModel[] {
  const needs = needsOf(request, context);
  const found = new Map<string, ResolvedModel>();
  for (const model of candidates(chosen, request, registry, needs)) {
    if (found.size === MOST_FALLBACKS) break;
    if (model.id !== chosen.id && obstacleOf(model, needs) === undefined) found.set(model.id, model);
  }
  return [...found.values()];
}

function candidates(
  chosen: ResolvedModel,
  { selection = {} }: SelectionRequest,
  registry: Registry,
  needs: Needs,
): readonly ResolvedModel[] {
  const { fallback } = selection;
  if (fallback === false) return [];
  if (typeof fallback === 'object') {
    return fallback.flatMap((name, index) => modelsNamed(name, registry, needs) ?? refuse(name, index));
  }
  const models = chosen.fallbackModels.flatMap((name) => registry.resolveModel(name) ?? []);
  const isNamed = [selection.modelId, selection.provider].some((name) => name !== undefined && name !== 'auto');
  if (isNamed && fallback !== true) return models;
  return [...models, ...registry.fallbackChain.flatMap((provider) => modelOfProvider(provider, registry, needs))];
}

/** @returns undefined where nothing has that name */
function modelsNamed(name: string, registry: Registry, needs: Needs): readonly ResolvedModel[] | undefined {
  const model = registry.resolveModel(name);
  if (model) return [model];
  return registry.provider(name) && modelOfProvider(name, registry, needs);
}

function modelOfProvider(provider: string, registry: Registry, needs: Needs): readonly ResolvedModel[] {
  const name = registry.provider(provider)?.settings.defaultModel;
  const model =
    name === undefined
      ? registry.modelsOf(provider).find((each) => obstacleOf(each, needs) === undefined)
      : registry.resolveModel(name);
  return model ? [model] : [];
}

function refuse(name: string, index: number): never {
  const shown = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  throw new GatewayError(
    'invalid_request_error',
    `There is no model and no provider "${shown}". GET /v1/models and GET /v1/providers list them.`,
    { param: `selection.fallback[${index}]` },
  );
}
