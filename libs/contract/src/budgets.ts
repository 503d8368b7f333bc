import type { NanoUsd } from './money.js';

/** What happens to a job that a budget has no room for: it is refused, let in all the same, or let in to wait. */
export const BUDGET_RULES = ['block', 'warn', 'wait'] as const;
export type BudgetRule = (typeof BUDGET_RULES)[number];

export const BUDGET_PERIODS = ['daily', 'monthly'] as const;
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

/** What may be spent in a day and in a month. It holds for everything that `tenant`, `key` and `model` leave open. */
export interface BudgetSettings {
  readonly name: string;
  readonly tenant?: string;
  readonly key?: string;
  readonly model?: string;
  /** Above 0; at least one of the two is there. */
  readonly dailyLimit?: NanoUsd;
  readonly monthlyLimit?: NanoUsd;
  /** Part of a limit at which spending is told, in millionths. Default 800,000. */
  readonly alertThresholdPpm: number;
  readonly rule: BudgetRule;
  /** By whose calendar days and months begin, as the IANA database names it. Default UTC. */
  readonly timeZone: string;
}

/** Whose attempt it is and which model it is for: what decides which budgets hold for it. */
export interface BudgetScope {
  readonly tenant: string;
  readonly key: string;
  readonly model: string;
}

/** Whether a budget holds for an attempt. */
export function budgetApplies(budget: BudgetSettings, { tenant, key, model }: BudgetScope): boolean {
  return (budget.tenant ?? tenant) === tenant && (budget.key ?? key) === key && (budget.model ?? model) === model;
}

/** Why a budget had no room. */
export interface BudgetRefusal {
  readonly budget: string;
  readonly period: BudgetPeriod;
  readonly limit: NanoUsd;
  /** What was left of it. */
  readonly left: NanoUsd;
  /** What the attempt may cost at most. */
  readonly wanted: NanoUsd;
  /** When the budget's next window begins. */
  readonly resetsAt: Date;
}
