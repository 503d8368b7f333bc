import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { digestOutputs, digestSources } from './digest-build.mjs';

/** Goes with `npm ci`, after which everything is looked at again. */
const STAMP = 'node_modules/.cache/switchyard/build.sha256';

/**
 * Builds, unless the last build that succeeded was of these very sources and all that it made is still as it was.
 * @param {{ root: string, node: string, build: () => boolean }} options node: the version of Node that the build is
 *   for. build: builds, and answers whether that succeeded.
 * @returns {boolean} whether what stands there is built.
 */
export function buildWhenChanged({ root, node, build }) {
  const stamp = join(root, STAMP);
  const sources = digestSources(root, node);
  const known = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (known === `${sources} ${digestOutputs(root)}`) return true;
  // A build that is cut off must not be taken for the one before it.
  rmSync(stamp, { force: true });
  if (!build()) return false;
  mkdirSync(dirname(stamp), { recursive: true });
  // The sources as they were before: what was changed meanwhile is built the next time.
  writeFileSync(stamp, `${sources} ${digestOutputs(root)}`);
  return true;
}
