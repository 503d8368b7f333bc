import { alwaysHolds, checkCondition, checkContradictions } from './condition-checks.js';
import { CALLABLE, expectUniqueNames, type Names } from './names.js';
import type { Place } from './place.js';

/** Holds `routingRules` against what they name, and reports what can never be met or never be reached. */
export function checkRules(root: Place, names: Names): void {
  const rules = root.at('routingRules');
  expectUniqueNames(rules);
  let last: Place | undefined;
  for (const rule of rules.items()) {
    names.expect(rule.at('model'), CALLABLE);
    checkCondition(rule.at('when'), names);
    checkContradictions(rule.at('when'));
    if (last) {
      const before = last.at('name').text ?? last.describe();
      rule.fault(`comes after ${before}, which always holds, so it is never tried; move it before that, or remove it`);
    } else if (rule.isMap && alwaysHolds(rule.at('when'))) last = rule;
  }
}

/** Holds `loadBalancers` against the models that they name. */
export function checkBalancers(root: Place, names: Names): void {
  for (const [, balancer] of root.at('loadBalancers').entries()) {
    const seen = new Map<string, Place>();
    for (const member of balancer.at('models').items()) {
      const model = member.isMap ? member.at('model') : member;
      names.expect(model, ['model', 'alias']);
      if (model.text === undefined) continue;
      const meant = followAlias(model.text, root);
      const earlier = seen.get(meant);
      if (earlier) model.fault(`is the same model as ${earlier.describe()}; name it once, with a weight`);
      else seen.set(meant, model);
    }
  }
}

function followAlias(name: string, root: Place): string {
  const aliases = root.at('aliases');
  const passed = new Set<string>();
  let current = name;
  for (let next = aliases.at(current).text; next !== undefined && !passed.has(current); next = aliases.at(next).text) {
    passed.add(current);
    current = next;
  }
  return current;
}
