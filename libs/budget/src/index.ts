export { readRefusal, refusalError } from './budget-refusal.js';
export {
  readBudgetsOfScope,
  readBudgetUsage,
  readOwnBudgets,
  type BudgetUsage,
  type BudgetWindow,
} from './budget-usage.js';
export { balanceLedger, type LedgerBalance } from './ledger.js';
export { costOf, costOfUsage, imagePriceNames, type Consumption } from './price.js';
export { readPrice, writePrice } from './stored-price.js';
export { openPriceDirectory, type PriceDirectory } from './price-directory.js';
