/**
 * Prints the tests that were skipped, file by file, and then the line that ends the run.
 * @param {{ passed: number, failed: number, skipped: number, skippedTests: { file: string, name: string }[] }} counts
 * @param {string | undefined} withoutRedis why the Redis half was skipped; undefined when it ran.
 */
export function report(counts, withoutRedis) {
  if (counts.skipped > 0) {
    const reason = withoutRedis ? ` The Redis half did not run: ${withoutRedis}.` : '';
    console.log(`\n${counts.skipped} skipped.${reason}`);
    const byFile = Map.groupBy(counts.skippedTests, ({ file }) => file);
    for (const [file, tests] of byFile) {
      console.log(`  ${file}: ${tests.length}`);
      for (const { name } of tests) console.log(`    ${name}`);
    }
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
}
