export { balanceLedger, type LedgerBalance } from './ledger.js';
export { costOf, costOfUsage, type Consumption } from './price.js';
export { digestOfPrice, readPrice, writePrice } from './stored-price.js';
