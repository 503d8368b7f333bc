import { spawnSync } from 'node:child_process';
import { findRedisServer } from '../../tools/test-setup/redis-server.mjs';

const BOUND_MS = 120_000;

function aptGet(...words) {
  const { status } = spawnSync('apt-get', ['-qq', ...words], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: 'ignore',
    timeout: BOUND_MS,
  });
  return status === 0;
}

const install = () => aptGet('install', '--yes', '--no-install-recommends', 'redis-server');

/**
 * Sees to a Redis server for the half of the specs that need one, installing it where this user may.
 * @returns {string | undefined} why there is none, in the words of the report; undefined when there is one.
 */
export function provideRedis() {
  if (process.env.SWITCHYARD_TEST_REDIS || findRedisServer()) return undefined;
  const missing = 'no redis-server or valkey-server is on the PATH';
  if (process.getuid?.() !== 0 || !aptGet('--version')) return `${missing}, and this user cannot install one`;
  console.log('Installing redis-server for the Redis half of the specs.');
  // The lists of packages are fetched only where the ones at hand do not know it.
  if (!install() && !(aptGet('update') && install())) return `${missing}, and apt-get could not install it`;
  return findRedisServer() ? undefined : missing;
}
