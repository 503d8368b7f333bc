export { readRefusal, refusalError } from './budget-refusal.js';
export {
  readBudgetsOfScope,
  readBudgetUsage,
  readOwnBudgets,
  type BudgetUsage,
  type BudgetWindow,
} from './budget-usage.js';
export { balanceLedger, type LedgerBalance } from './ledger/balance-ledger.js';
export { bookCost, type Booking, type NewBooking } from './ledger/book-cost.js';
export { type LedgerFault } from './ledger/find-faults.js';
export { watchLedger, type LedgerSight, type LedgerWatch } from './ledger/watch-ledger.js';
export { costOf, costOfUsage, imagePriceNames, mostCostOf, type Consumption, type ConsumptionBound } from './price.js';
export { readPrice, writePrice } from './stored-price.js';
export { openPriceDirectory, type PriceDirectory } from './price-directory.js';
export { checkUsage, sampleUsageDay, type UsageCheck, type UsageFault } from './usage/check-usage.js';
export { foldUsage } from './usage/fold-usage.js';
export { readUsage, type UsageQuery } from './usage/read-usage.js';
export {
  addUsage,
  rateUsage,
  USAGE_DIMENSIONS,
  type UsageDimension,
  type UsageGroup,
  type UsageRates,
  type UsageRow,
  type UsageSums,
} from './usage/usage-row.js';
