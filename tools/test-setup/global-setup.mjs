import { findRedisServer, startRedis } from './redis-server.mjs';

/**
 * What the specs share: one Postgres and one Redis for the whole run, named to them by the environment. Each spec makes
 * itself a database in the one and takes a database number or a prefix in the other. A variable that is set already
 * names a server of the caller's, and is left alone.
 */
const SERVICES = Symbol.for('switchyard.test.services');

async function startPostgres() {
  let testing;
  try {
    // The built one: Jest does not transform what a global setup imports.
    testing = await import('@switchyard/database/testing');
  } catch (error) {
    if (!['ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED'].includes(error.code)) throw error;
    console.warn('No Postgres for the specs: libs/database is not built. Run `npm run build:fast` first.');
    return undefined;
  }
  return testing.startTestPostgres();
}

export default async function globalSetup() {
  const services = (globalThis[SERVICES] ??= []);
  if (!process.env.SWITCHYARD_TEST_POSTGRES) {
    const postgres = await startPostgres();
    if (postgres) {
      services.push(postgres);
      process.env.SWITCHYARD_TEST_POSTGRES = postgres.url;
    }
  }
  const program = findRedisServer();
  if (!process.env.SWITCHYARD_TEST_REDIS && program) {
    const redis = await startRedis(program);
    services.push(redis);
    process.env.SWITCHYARD_TEST_REDIS = redis.url;
  }
}
