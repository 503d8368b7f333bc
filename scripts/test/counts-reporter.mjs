import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

const SKIPPED = new Set(['pending', 'skipped', 'todo', 'disabled']);

/**
 * A reporter of Jest that leaves the counts for the test command in the file named by SWITCHYARD_TEST_COUNTS.
 * A spec that did not even load has no tests to count; it counts as one that failed.
 */
export default class CountsReporter {
  onRunComplete(_contexts, results) {
    const skippedTests = results.testResults.flatMap(({ testFilePath, testResults }) =>
      testResults
        .filter(({ status }) => SKIPPED.has(status))
        .map(({ fullName }) => ({ file: relative(process.cwd(), testFilePath), name: fullName })),
    );
    const counts = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
      skippedTests,
    };
    writeFileSync(process.env.SWITCHYARD_TEST_COUNTS, JSON.stringify(counts));
  }
}
