import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { composeCatalogue } from './catalogue/compose-catalogue.mjs';

/**
 * Makes the catalogue of models anew, from the price package and from what models.yaml says beside it. With `--check`
 * it only says whether what stands there is what would be made.
 */
const root = resolve(import.meta.dirname, '..');
const target = resolve(root, 'libs/registry/catalogue/catalogue.json');

const made = await composeCatalogue(resolve(root, 'libs/registry/catalogue/models.yaml'));
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== made) {
    console.error('libs/registry/catalogue/catalogue.json is not what its sources make; run npm run catalogue');
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, made);
}
