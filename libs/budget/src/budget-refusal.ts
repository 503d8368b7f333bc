import { BUDGET_PERIODS, formatUsd, nanoUsd, type BudgetRefusal, type ErrorBody } from '@switchyard/contract';

/** Reads what the database tells of a refusal. @throws TypeError for anything else. */
export function readRefusal(stored: unknown): BudgetRefusal {
  const told = typeof stored === 'object' && stored !== null ? (stored as Readonly<Record<string, unknown>>) : {};
  const { budget, resetsAt } = told;
  const period = BUDGET_PERIODS.find((each) => each === told['period']);
  if (typeof budget !== 'string' || typeof resetsAt !== 'string' || !period) {
    throw new TypeError('A refusal by a budget was stored without its budget.');
  }
  return {
    budget,
    period,
    limit: amountIn(told['limitNano']),
    left: amountIn(told['leftNano']),
    wanted: amountIn(told['wantedNano']),
    resetsAt: new Date(resetsAt),
  };
}

/** The refusal as a client reads it. */
export function refusalError({ budget, period, limit, left, wanted, resetsAt }: BudgetRefusal): ErrorBody {
  const never = wanted > limit ? ' That is more than the whole budget.' : '';
  return {
    type: 'budget_exceeded',
    code: 'budget_exceeded',
    message:
      `The ${period} budget "${budget}" has ${formatUsd(left)} of ${formatUsd(limit)} USD left, and this may cost up to ` +
      `${formatUsd(wanted)} USD.${never} Lower maxTokens, raise the budget, or wait: its next window begins at ${resetsAt.toISOString()}.`,
    retryable: false,
    budget,
    resetsAt: resetsAt.toISOString(),
  };
}

function amountIn(text: unknown): BudgetRefusal['left'] {
  return nanoUsd(BigInt(typeof text === 'string' ? text : 0));
}
