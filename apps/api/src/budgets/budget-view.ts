import type { BudgetUsage, BudgetWindow } from '@switchyard/budget';
import { formatUsd, type BudgetPeriod, type BudgetRule } from '@switchyard/contract';

interface WindowView {
  readonly limit: string;
  readonly spent: string;
  readonly reserved: string;
  readonly remaining: string;
  readonly overrun: string;
  readonly resetsAt: string;
}

/** A budget as the API answers it. */
export interface BudgetView {
  readonly name: string;
  readonly onLimit: BudgetRule;
  readonly windows: { readonly [period in BudgetPeriod]?: WindowView };
}

export function viewBudget({ name, rule, windows }: BudgetUsage): BudgetView {
  return {
    name,
    onLimit: rule,
    windows: Object.fromEntries(windows.map((window) => [window.period, viewWindow(window)])),
  };
}

function viewWindow({ limit, spent, reserved, remaining, overrun, resetsAt }: BudgetWindow): WindowView {
  return {
    limit: formatUsd(limit),
    spent: formatUsd(spent),
    reserved: formatUsd(reserved),
    remaining: formatUsd(remaining),
    overrun: formatUsd(overrun),
    resetsAt: resetsAt.toISOString(),
  };
}
