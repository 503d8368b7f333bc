import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PROVIDER_DESCRIPTIONS } from '../libs/contract/dist/index.js';
import { providerTable, withProviderTable } from './readme/provider-table.mjs';

/** Writes into the README what is declared in the code: the table of providers. */
const file = resolve(import.meta.dirname, '../README.md');

writeFileSync(file, withProviderTable(readFileSync(file, 'utf8'), providerTable(Object.values(PROVIDER_DESCRIPTIONS))));
