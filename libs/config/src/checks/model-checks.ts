import { CAPABILITIES, PROVIDER_DESCRIPTIONS, PROVIDER_KINDS, type ProviderKind } from '@switchyard/contract';
import { checkLocalModel } from './local-model-checks.js';
import { checkMappedModel } from './mapping-checks.js';
import type { Names } from './names.js';
import type { Place } from './place.js';

/** What a model with one of these reads tokens into. */
const NEEDS_WINDOW = ['generation', 'code', 'tools', 'json', 'embedding'];

/** Holds each entry of `models` against what a model needs. */
export function checkModels(root: Place, names: Names): void {
  for (const model of root.at('models').items()) {
    if (!model.isMap) continue;
    names.expect(model.at('provider'), ['provider']);
    for (const fallback of model.at('fallbackModels').items()) {
      names.expect(fallback, ['model', 'alias']);
      if (fallback.text !== undefined && fallback.text === model.at('id').text) {
        fallback.fault('is the model itself; name another, or remove the entry');
      }
    }
    const kind = kindOf(model.at('provider'), root);
    checkCapabilities(model, kind);
    checkLocalModel(model, kind);
    checkWindow(model);
    checkPrice(model);
    checkVersions(model, names, root);
    const provider = model.at('provider').text;
    if (provider !== undefined) checkMappedModel(model, root.at('providers').at(provider).at('mapping'));
  }
}

/** Of the provider that is named at a place. */
function kindOf({ text }: Place, root: Place): ProviderKind | undefined {
  if (text === undefined) return undefined;
  const kind = root.at('providers').at(text).at('kind');
  return PROVIDER_KINDS.find((known) => known === (kind.exists ? kind.text : text));
}

function checkCapabilities(model: Place, kind: ProviderKind | undefined): void {
  if (kind === undefined) return;
  for (const capability of model.at('capabilities').items()) {
    if (!isBeyond(capability, kind)) continue;
    const can = PROVIDER_DESCRIPTIONS[kind].capabilities.join(', ');
    capability.fault(`a provider of the kind ${kind} cannot do ${capability.text ?? ''}; it can do ${can}`);
  }
}

/** Nothing but the rules for content asks for moderation, so no adapter says that it can do it. */
function isBeyond({ text }: Place, kind: ProviderKind): boolean {
  const capability = CAPABILITIES.find((known) => known === text);
  if (capability === undefined || capability === 'moderation') return false;
  return !PROVIDER_DESCRIPTIONS[kind].capabilities.includes(capability);
}

function checkWindow(model: Place): void {
  const window = model.at('contextWindow');
  const capability = model
    .at('capabilities')
    .texts()
    .find((name) => NEEDS_WINDOW.includes(name));
  if (capability !== undefined && !window.exists) {
    window.fault(`is missing: a model with the capability ${capability} needs it; give its window in tokens`);
  }
  const cap = model.at('defaultMaxTokens');
  const most = model.at('maxOutputTokens').number;
  if (most !== undefined && (cap.number ?? 0) > most) cap.fault(`must be at most maxOutputTokens, which is ${most}`);
}

function checkPrice(model: Place): void {
  const price = model.at('price');
  if (!price.exists) price.fault('is missing: give the prices in dollars per million tokens, or write price: free');
  const owners = [
    model,
    ...model
      .at('versions')
      .entries()
      .map(([, version]) => version),
  ];
  for (const owner of owners) checkSteps(owner.at('price').at('above'));
}

function checkSteps(above: Place): void {
  let bound = 0;
  for (const step of above.items()) {
    const place = step.at('inputTokens');
    if (place.number === undefined) continue;
    if (place.number <= bound) place.fault(`must be more than ${bound}, the bound before it; bring the list in order`);
    bound = place.number;
  }
}

function checkVersions(model: Place, names: Names, root: Place): void {
  const versions = model.at('versions').entries();
  for (const [, version] of versions) {
    const provider = version.at('provider');
    names.expect(provider, ['provider']);
    const kind = kindOf(provider, root);
    const beyond =
      kind &&
      model
        .at('capabilities')
        .items()
        .find((each) => isBeyond(each, kind));
    if (beyond) provider.fault(`is of the kind ${kind}, which cannot do ${beyond.text ?? ''} as the model can`);
  }
  const chosen = model.at('defaultVersion');
  const known = versions.map(([name]) => name);
  if (chosen.text !== undefined && !known.includes(chosen.text)) {
    chosen.fault(`no version is named "${chosen.text}"; known: ${known.join(', ') || 'none'}`);
  }
}
