import { GatewayError, type Capability } from '@switchyard/contract';
import type { Registry, ResolvedModel } from '@switchyard/registry';
import { obstacleOf, type Needs, type Obstacle } from './judge-model.js';

/** Enough to find the right one; a list of hundreds helps nobody. */
const MOST_NAMES = 10;
/** A name that a client made up is repeated, but not at any length. */
const MOST_CHARACTERS = 200;

/** What a client wrote, in quotes. */
function quote(text: string): string {
  return `"${text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text}"`;
}

function invalid(message: string, param: string): GatewayError {
  return new GatewayError('invalid_request_error', message, { param });
}

export function unknownModel(name: string): GatewayError {
  const message = `There is no model ${quote(name)}. GET /v1/models lists those that your key may use.`;
  return new GatewayError('not_found_error', message, { code: 'model_not_found', param: 'selection.modelId' });
}

export function unknownVersion(model: string, version: string, known: readonly string[]): GatewayError {
  const versions = known.length === 0 ? 'It has no versions; leave modelVersion out.' : `It has ${listed(known)}.`;
  const message = `The model ${quote(model)} has no version ${quote(version)}. ${versions}`;
  return new GatewayError('not_found_error', message, { code: 'model_not_found', param: 'selection.modelVersion' });
}

export function versionWithoutModel(): GatewayError {
  return invalid('modelVersion says which version of modelId; give modelId too.', 'selection.modelVersion');
}

export function versionOfBalancer(name: string): GatewayError {
  const message = `${quote(name)} is a load balancer, and modelVersion says which version of a model; leave it out.`;
  return invalid(message, 'selection.modelVersion');
}

export function versionOfExperiment(name: string): GatewayError {
  const message = `${quote(name)} is an experiment, whose arms say which version they use; leave modelVersion out.`;
  return invalid(message, 'selection.modelVersion');
}

export function providerOfExperiment(name: string): GatewayError {
  const message = `${quote(name)} is an experiment, and a provider would decide between its arms; leave provider out.`;
  return invalid(message, 'selection.provider');
}

export function unknownProvider(name: string, registry: Registry): GatewayError {
  const known = registry.listProviders().map(({ settings }) => settings.name);
  const mend = known.length === 0 ? 'None is configured.' : `Name one of ${listed(known)}, or auto.`;
  return invalid(`There is no provider ${quote(name)}. ${mend}`, 'selection.provider');
}

export function contradiction(model: ResolvedModel, provider: string): GatewayError {
  const message = `The model ${model.id} belongs to the provider ${model.provider}, not to ${quote(provider)}.`;
  return invalid(`${message} Leave provider out, or name a model of that provider.`, 'selection.provider');
}

/** Says why the model that was named cannot take the job, and where there is one, which can. */
export function refusalOfNamed(
  model: ResolvedModel,
  obstacle: Obstacle,
  needs: Needs,
  registry: Registry,
): GatewayError {
  switch (obstacle.kind) {
    case 'capability': {
      const message = `The model ${model.id} cannot do ${obstacle.capability}.`;
      return invalid(`${message} ${whichCan(needs, registry)}`, 'selection.modelId');
    }
    case 'not_local':
      return invalid(`The model ${model.id} is not local. ${whichCan(needs, registry)}`, 'selection.localOnly');
    case 'unsupported':
    case 'disabled':
      return unavailable(model.provider, obstacle, registry, 'selection.modelId');
    case 'permission':
      return forbidden(`The model ${model.id}`, obstacle.permission);
    case 'window':
      return tooLong(`the window of ${model.id}`, obstacle.contextWindow, needs);
  }
}

/** Says of a provider that was named why none of its models is offered. */
export function unavailable(
  provider: string,
  { kind }: { readonly kind: 'unsupported' | 'disabled' },
  registry: Registry,
  param: string,
): GatewayError {
  if (kind === 'disabled') {
    return invalid(`The provider ${provider} is switched off in the configuration (modules.${provider}).`, param);
  }
  const ofKind = registry.provider(provider)?.settings.kind ?? 'unknown';
  return invalid(`The provider ${provider} is of the kind ${ofKind}, which this version cannot serve yet.`, param);
}

/**
 * Says why none of several models can take the job: by what the one that came closest lacks.
 * @param among words for where was looked, such as `the provider openai`
 */
export function refusalOfAll(
  models: readonly ResolvedModel[],
  needs: Needs,
  among: string,
  param: string,
): GatewayError {
  const obstacles = models.flatMap((model) => obstacleOf(model, needs) ?? []);
  const windows = obstacles.flatMap((obstacle) => (obstacle.kind === 'window' ? [obstacle.contextWindow] : []));
  if (windows.length > 0) return tooLong(`the largest window of ${among}`, Math.max(...windows), needs);
  const permission = obstacles.find((obstacle) => obstacle.kind === 'permission');
  if (permission) return forbidden(`Each model of ${among} that could do this`, permission.permission);
  const able = `No model of ${among} can do ${needs.capabilities.join(' with ')}`;
  if (obstacles.some(({ kind }) => kind === 'not_local')) {
    return invalid(`${able} locally. Configure one, or leave localOnly out.`, 'selection.localOnly');
  }
  if (obstacles.some(({ kind }) => kind === 'disabled')) {
    return invalid(`${able}: its provider is switched off in the configuration.`, param);
  }
  if (obstacles.some(({ kind }) => kind === 'unsupported')) {
    return invalid(`${able}: this version cannot serve its kind of provider yet.`, param);
  }
  return invalid(`${able}. Configure one with the capability ${missing(models, needs)}.`, param);
}

/** The capability that none of the models has, or the last one asked for where only their combination is missing. */
function missing(models: readonly ResolvedModel[], { capabilities }: Needs): Capability | 'asked for' {
  const lacking = capabilities.find((needed) => !models.some((model) => model.capabilities.includes(needed)));
  return lacking ?? capabilities.at(-1) ?? 'asked for';
}

function forbidden(subject: string, permission: string): GatewayError {
  const message = `${subject} needs the permission "${permission}", which this key does not have.`;
  return new GatewayError('permission_error', `${message} Ask for a key that has it, or name another model.`, {
    param: 'selection.modelId',
  });
}

function tooLong(subject: string, contextWindow: number, { windowTokens, counted, overflow }: Needs): GatewayError {
  const { promptTokens = windowTokens, maxTokens = null, exact = true } = counted ?? {};
  const prompt = counted ? `${exact ? '' : 'up to '}${promptTokens}` : `at least ${promptTokens}`;
  const [answer, lower] = maxTokens === null ? ['', ''] : [` and maxTokens is ${maxTokens}`, ', lower maxTokens'];
  const message = `The prompt is ${prompt} tokens long${answer}, more than ${subject} (${contextWindow} tokens).`;
  const trims = overflow?.startsWith('trim_') ? '' : ', let `request.overflow` trim it';
  const mend = `Shorten it${lower}${trims}, or name a model with a larger window.`;
  return new GatewayError('invalid_request_error', `${message} ${mend}`, {
    code: 'context_length_exceeded',
    param: 'request',
  });
}

function whichCan(needs: Needs, registry: Registry): string {
  const able = registry.listModels().filter((model) => obstacleOf(model, needs) === undefined);
  const wanted = needs.capabilities.join(' with ');
  if (able.length === 0) return `No model that your key may use can do ${wanted}.`;
  return `These can do ${wanted}: ${listed(able.map(({ id }) => id))}.`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}
