import type { Registry, ResolvedModel } from '@switchyard/registry';
import { needsOf, obstacleOf, type Needs } from './judge-model.js';
import {
  contradiction,
  refusalOfAll,
  refusalOfNamed,
  unavailable,
  unknownModel,
  unknownProvider,
  unknownVersion,
  versionWithoutModel,
} from './refusals.js';
import type { Choice, SelectionContext, SelectionRequest } from './selection.js';

const AUTO = 'auto';

/**
 * Chooses the model of a job: the one that is named; of a provider that is named its default model, else its first
 * that can; else the same of the default provider, of the fallback chain's in their order, of all others in the
 * file's. A model that lacks a capability, a permission or the room for the prompt is never chosen.
 * @throws GatewayError `not_found_error` for an unknown model or version, `permission_error` for one that the key may
 *   not use, `invalid_request_error` (422) for everything else that cannot be met, with the field at fault
 */
export function chooseModel(request: SelectionRequest, registry: Registry, context: SelectionContext): Choice {
  const { selection = {} } = request;
  const modelId = unlessAuto(selection.modelId);
  const provider = unlessAuto(selection.provider);
  if (provider !== undefined && !registry.provider(provider)) throw unknownProvider(provider, registry);
  if (modelId === undefined && selection.modelVersion !== undefined) throw versionWithoutModel();
  const needs = needsOf(request, context);
  if (modelId !== undefined) return chooseNamed(modelId, selection.modelVersion, provider, needs, registry);
  return provider === undefined ? chooseAny(needs, registry) : chooseOfProvider(provider, needs, registry);
}

function unlessAuto(name: string | undefined): string | undefined {
  return name === AUTO ? undefined : name;
}

function chooseNamed(
  name: string,
  version: string | undefined,
  provider: string | undefined,
  needs: Needs,
  registry: Registry,
): Choice {
  if (!registry.hasModel(name)) throw unknownModel(name);
  const model = registry.resolveModel(name, version);
  if (!model) throw unknownVersion(name, version ?? '', registry.versionsOf(name));
  if (provider !== undefined && model.provider !== provider) throw contradiction(model, provider);
  const obstacle = obstacleOf(model, needs);
  if (obstacle) throw refusalOfNamed(model, obstacle, needs, registry);
  return { targets: [model], reason: name === model.id ? 'named by the request' : `named by the request as ${name}` };
}

function chooseOfProvider(provider: string, needs: Needs, registry: Registry): Choice {
  const found = registry.provider(provider);
  if (found && !needs.supportedKinds.has(found.settings.kind)) {
    throw unavailable(provider, { kind: 'unsupported' }, registry, 'selection.provider');
  }
  if (found && !found.enabled) throw unavailable(provider, { kind: 'disabled' }, registry, 'selection.provider');
  const models = modelsInOrder(provider, registry);
  const model = models.find((candidate) => obstacleOf(candidate, needs) === undefined);
  if (!model) throw refusalOfAll(models, needs, `the provider ${provider}`, 'selection.provider');
  return {
    targets: [model],
    reason: reasonOf(model, registry, `of the provider ${provider}, which the request names`),
  };
}

function chooseAny(needs: Needs, registry: Registry): Choice {
  const named = [registry.defaultProvider ?? [], registry.fallbackChain].flat();
  const all = registry.listProviders().map(({ settings }) => settings.name);
  const models: ResolvedModel[] = [];
  for (const provider of new Set([...named, ...all])) {
    for (const model of modelsInOrder(provider, registry)) {
      if (obstacleOf(model, needs) === undefined) {
        return { targets: [model], reason: reasonOf(model, registry, `of ${placeOf(provider, registry)}`) };
      }
      models.push(model);
    }
  }
  throw refusalOfAll(models, needs, 'this gateway', 'selection');
}

/** A provider's models, its default first. */
function modelsInOrder(provider: string, registry: Registry): readonly ResolvedModel[] {
  const models = registry.modelsOf(provider);
  const byDefault = models.find((model) => isDefault(model, registry));
  return byDefault ? [byDefault, ...models.filter((model) => model !== byDefault)] : models;
}

function isDefault({ id, provider }: ResolvedModel, registry: Registry): boolean {
  return registry.provider(provider)?.settings.defaultModel === id;
}

function reasonOf(model: ResolvedModel, registry: Registry, where: string): string {
  return `the ${isDefault(model, registry) ? 'default model' : 'first model that can do this'} ${where}`;
}

function placeOf(provider: string, { defaultProvider, fallbackChain }: Registry): string {
  if (provider === defaultProvider) return `the default provider ${provider}`;
  return fallbackChain.includes(provider) ? `${provider}, from the fallback chain` : `the provider ${provider}`;
}
