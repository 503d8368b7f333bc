import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { provideRedis } from './test/provide-redis.mjs';
import { report } from './test/report.mjs';
import { runStep } from './test/run-step.mjs';

/** The test command: every step runs, whatever the one before it found, so that one run shows all there is to mend. */
process.chdir(resolve(import.meta.dirname, '..'));

const folder = mkdtempSync(join(tmpdir(), 'switchyard-test-'));
const countsFile = join(folder, 'counts.json');

const cache = ['--cache', '--cache-strategy', 'content', '--cache-location', 'node_modules/.cache/prettier/.cache'];
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
const reporters = ['--reporters=default', `--reporters=${resolve('scripts/test/counts-reporter.mjs')}`];

const CHECKS = [
  { name: 'format', words: ['node_modules/prettier/bin/prettier.cjs', '--check', ...cache, '.'] },
  { name: 'database client', words: ['scripts/generate.mjs'] },
  { name: 'build', words: ['node_modules/typescript/bin/tsc', '-b'] },
  { name: 'types of the specs', words: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.spec.json'] },
  { name: 'lint', words: ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0'] },
  { name: 'dead code', words: ['node_modules/knip/bin/knip.js'] },
];

const failed = [];
for (const step of CHECKS) {
  if (!(await runStep(step))) failed.push(step.name);
}

const withoutRedis = provideRedis();
const specs = { name: 'specs', words: [...jest, ...reporters], live: true };
if (!(await runStep({ ...specs, environment: { SWITCHYARD_TEST_COUNTS: countsFile } }))) failed.push(specs.name);

const noCounts = { passed: 0, failed: 1, skipped: 0, skippedTests: [] };
const counts = existsSync(countsFile) ? JSON.parse(readFileSync(countsFile, 'utf8')) : noCounts;
rmSync(folder, { recursive: true, force: true });

if (failed.length > 0) {
  console.log(`\nFailed: ${failed.join(', ')}.`);
  process.exitCode = 1;
}
report(counts, withoutRedis);
