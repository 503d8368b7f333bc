import { spawnSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildWhenChanged } from './build/build-when-changed.mjs';
import { productNode } from './packages.mjs';

/** Brings what is built up to the sources: nothing where nothing changed, else the database client and `tsc -b`. */
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const pretty = process.stdout.isTTY ? ['--pretty'] : [];
const STEPS = [['scripts/generate.mjs'], ['node_modules/typescript/bin/tsc', '-b', ...pretty]];

function build() {
  const began = Date.now();
  process.stdout.write('Building… ');
  for (const words of STEPS) {
    const { status, stdout, stderr, error } = spawnSync(productNode, words, { cwd: root, encoding: 'utf8' });
    if (status === 0) continue;
    process.stdout.write('failed\n');
    process.stderr.write(`${stdout ?? ''}${stderr ?? ''}${error ? `${error.message}\n` : ''}`);
    return false;
  }
  process.stdout.write(`${((Date.now() - began) / 1000).toFixed(1)} s\n`);
  return true;
}

const { stdout: node } = spawnSync(productNode, ['--version'], { encoding: 'utf8' });
if (!buildWhenChanged({ root, node, build })) process.exitCode = 1;
