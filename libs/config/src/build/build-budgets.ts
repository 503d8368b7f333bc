import { parseUsd, type BudgetRule, type BudgetSettings, type NanoUsd } from '@switchyard/contract';
import type { BudgetDocument } from '../document/section-documents.js';

const MILLION = 1_000_000;
const DEFAULT_ALERT_THRESHOLD = 0.8;

/** Reads validated budgets, defaults filled in. */
export function buildBudgets(budgets: readonly BudgetDocument[]): readonly BudgetSettings[] {
  return budgets.map((budget) => ({
    name: budget.name,
    ...(budget.tenant === undefined ? {} : { tenant: budget.tenant }),
    ...(budget.key === undefined ? {} : { key: budget.key }),
    ...(budget.model === undefined ? {} : { model: budget.model }),
    ...(budget.dailyLimit === undefined ? {} : { dailyLimit: amount(budget.dailyLimit) }),
    ...(budget.monthlyLimit === undefined ? {} : { monthlyLimit: amount(budget.monthlyLimit) }),
    alertThresholdPpm: Math.round((budget.alertThreshold ?? DEFAULT_ALERT_THRESHOLD) * MILLION),
    rule: ruleOf(budget),
    timeZone: budget.timeZone ?? 'UTC',
  }));
}

function ruleOf({ onLimit, blockOnLimit = true }: BudgetDocument): BudgetRule {
  return onLimit ?? (blockOnLimit ? 'block' : 'warn');
}

/** The schema has let only amounts through. */
function amount(text: string): NanoUsd {
  const parsed = parseUsd(text);
  if (parsed === undefined) throw new TypeError('A limit passed the schema that is no amount.');
  return parsed;
}
