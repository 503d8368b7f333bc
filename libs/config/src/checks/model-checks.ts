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
    checkWindow(model);
    checkPrice(model);
    checkVersions(model, names);
  }
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

function checkVersions(model: Place, names: Names): void {
  const versions = model.at('versions').entries();
  for (const [, version] of versions) names.expect(version.at('provider'), ['provider']);
  const chosen = model.at('defaultVersion');
  const known = versions.map(([name]) => name);
  if (chosen.text !== undefined && !known.includes(chosen.text)) {
    chosen.fault(`no version is named "${chosen.text}"; known: ${known.join(', ') || 'none'}`);
  }
}
