import { checkExperiments } from './experiment-checks.js';
import { CALLABLE, type Names } from './names.js';
import type { Place } from './place.js';
import { checkBalancers, checkRules } from './rule-checks.js';

/** Shipped with the product, besides those of the file. */
const SHIPPED_TEMPLATES = ['rag'];

/** Holds everything that names a model or a provider against those that exist. */
export function checkRouting(root: Place, names: Names): void {
  names.expect(root.at('defaultProvider'), ['provider']);
  names.expect(root.at('customModel'), ['model', 'alias']);
  for (const provider of root.at('fallbackChain').items()) names.expect(provider, ['provider']);
  checkAliases(root.at('aliases'), names);
  checkRules(root, names);
  checkBalancers(root, names);
  checkExperiments(root, names);
  for (const [, generator] of root.at('generators').entries()) checkGenerator(generator, root, names);
  for (const [, adapter] of root.at('adapters').entries()) {
    for (const model of adapter.at('models').items()) names.expect(model, ['model', 'alias']);
  }
}

function checkAliases(aliases: Place, names: Names): void {
  const reported = new Set<string>();
  for (const [alias, target] of aliases.entries()) {
    names.expect(target, ['model', 'alias']);
    const way = [alias];
    for (let next = target.text; next !== undefined && !way.includes(next); next = aliases.at(next).text)
      way.push(next);
    const last = aliases.at(way.at(-1) ?? '').text;
    if (last !== alias || reported.has(alias) || !names.has('alias', alias)) continue;
    for (const name of way) reported.add(name);
    target.fault(`leads back to itself (${[...way, alias].join(' → ')}); let one of them name a model`);
  }
}

function checkGenerator(generator: Place, root: Place, names: Names): void {
  names.expect(generator.at('model'), CALLABLE);
  const template = generator.at('template');
  if (template.text === undefined || SHIPPED_TEMPLATES.includes(template.text)) return;
  if (root.at('promptTemplates').at(template.text).exists) return;
  template.fault(`no prompt template is named "${template.text}"; give it under promptTemplates`);
}
