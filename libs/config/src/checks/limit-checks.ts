import { expectUniqueNames, tenantKeys, type Names } from './names.js';
import type { Place } from './place.js';
import { expectSomeLimit } from './provider-checks.js';

/** Holds tenants, keys and everything that limits or refuses against what exists and makes sense. */
export function checkLimits(root: Place, names: Names, storedKeys: ReadonlySet<string>): void {
  checkKeys(root, storedKeys);
  checkBudgets(root.at('budgets'), names);
  checkRateLimits(root.at('rateLimits'), names);
  checkPolicies(root.at('accessPolicies'), names);
  checkContentRules(root.at('contentRules'), names);
  const endpoints = root.at('webhooks').at('endpoints');
  expectUniqueNames(endpoints);
  for (const endpoint of endpoints.items()) names.expect(endpoint.at('tenant'), ['tenant']);
}

function checkKeys(root: Place, stored: ReadonlySet<string>): void {
  const seen = new Map<string, Place>();
  for (const owner of tenantKeys(root)) {
    const key = owner.at('key');
    if (owner.isMap && !key.exists && !stored.has(owner.at('name').text ?? ''))
      key.fault('is missing; give it a value');
    if (key.text === undefined) continue;
    const earlier = seen.get(key.text);
    if (earlier) key.fault(`is the same as ${earlier.describe()}; each key must be its own`);
    else seen.set(key.text, key);
  }
}

function checkBudgets(budgets: Place, names: Names): void {
  expectUniqueNames(budgets);
  for (const budget of budgets.items()) {
    names.expect(budget.at('tenant'), ['tenant']);
    names.expect(budget.at('key'), ['key']);
    names.expect(budget.at('model'), ['model']);
    if (budget.isMap && !budget.at('dailyLimit').exists && !budget.at('monthlyLimit').exists) {
      budget.fault('limits nothing; give dailyLimit, monthlyLimit or both');
    }
    const rule = budget.at('onLimit');
    const blocks = budget.at('blockOnLimit');
    if ((blocks.is(false) && rule.exists && !rule.is('warn')) || (blocks.is(true) && rule.is('warn'))) {
      rule.fault('contradicts blockOnLimit; keep one of them');
    }
  }
}

function checkRateLimits(limits: Place, names: Names): void {
  expectUniqueNames(limits);
  for (const limit of limits.items()) {
    if (!limit.isMap) continue;
    const subjects = (['key', 'tenant', 'provider', 'model'] as const).filter((kind) => limit.at(kind).exists);
    for (const kind of subjects) names.expect(limit.at(kind), [kind]);
    if (subjects.length === 0) limit.fault('limits nobody; give key, tenant, provider or model');
    expectSomeLimit(limit);
  }
}

function checkPolicies(policies: Place, names: Names): void {
  expectUniqueNames(policies);
  for (const policy of policies.items()) {
    for (const model of policy.at('models').items()) names.expect(model, ['model']);
  }
}

function checkContentRules(rules: Place, names: Names): void {
  expectUniqueNames(rules);
  for (const rule of rules.items()) {
    names.expect(rule.at('moderationModel'), ['model', 'alias']);
    const looks = ['pattern', 'words', 'personalData', 'moderationModel'].some((key) => rule.at(key).exists);
    if (rule.isMap && !looks) rule.fault('looks for nothing; give pattern, words, personalData or moderationModel');
  }
}
