export { balanceLedger, type LedgerBalance } from './ledger.js';
export { costOf, costOfUsage, imagePriceNames, type Consumption } from './price.js';
export { readPrice, writePrice } from './stored-price.js';
export { openPriceDirectory, type PriceDirectory } from './price-directory.js';
