import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import startServers from '../tools/test-setup/global-setup.mjs';
import stopServers from '../tools/test-setup/global-teardown.mjs';
import { productNode } from './packages.mjs';
import { MUTATIONS } from './mutations/table.mjs';
import { makeWorkingCopy } from './mutations/working-copy.mjs';

/**
 * Takes away, one by one and in a copy, what keeps an effect from happening twice, and says which spec noticed:
 *
 *     npm run mutations [-- --only unique]
 *
 * Exit 1 where one was not noticed, or where a spec fails with nothing changed.
 */
const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const root = resolve(import.meta.dirname, '..');
const wanted = MUTATIONS.filter(({ name }) => name.includes(values.only));

await startServers();
const copy = makeWorkingCopy(root);
process.once('exit', () => copy.remove());
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
try {
  process.exitCode = runAll() ? 0 : 1;
} finally {
  await stopServers();
}

function runAll() {
  const broken = [...new Set(wanted.map(({ spec }) => spec))].map((spec) => ({ spec, failed: run(spec) }));
  const red = broken.filter(({ failed }) => failed.length > 0);
  for (const { spec, failed } of red) console.log(`fails with nothing changed: ${spec}: ${failed[0]}`);
  if (red.length > 0) return false;

  const began = Date.now();
  let survivors = 0;
  for (const mutation of wanted) {
    const undo = copy.apply(mutation);
    const failed = run(mutation.spec);
    undo();
    if (failed.length === 0) survivors += 1;
    console.log(`${failed.length === 0 ? 'SURVIVED' : 'noticed '}  ${mutation.name}`);
    console.log(`          ${mutation.spec}${failed.length === 0 ? '' : ` (${failed.length}): ${failed[0]}`}`);
  }
  const seconds = Math.round((Date.now() - began) / 1_000);
  console.log(
    `\n${wanted.length} mutations, ${wanted.length - survivors} noticed, ${survivors} survived; ${seconds} s`,
  );
  return survivors === 0;
}

/** Runs one spec. @returns the names of the tests that failed. */
function run(spec) {
  const report = join(copy.folder, 'report.json');
  rmSync(report, { force: true });
  const project = join(copy.folder, dirname(spec).split('/').slice(0, 2).join('/'));
  const jest = join(copy.folder, 'node_modules/jest/bin/jest.js');
  const options = ['--runInBand', '--silent', '--testTimeout=30000', '--json', `--outputFile=${report}`];
  const { stderr } = spawnSync(
    productNode,
    [
      ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest],
      ...['--config', join(project, 'jest.config.js'), ...options, '--runTestsByPath', join(copy.folder, spec)],
    ],
    { cwd: copy.folder, encoding: 'utf8', env: { ...process.env, PROPERTY_RUNS: process.env.PROPERTY_RUNS ?? '60' } },
  );
  const { numTotalTests, testResults } = readReport(report, stderr);
  // A spec that does not even load has noticed nothing.
  if (numTotalTests === 0) throw new Error(`${spec} ran no test.\n${stderr}`);
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
}

function readReport(path, stderr) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`Jest wrote no report.\n${stderr}`, { cause: error });
  }
}
