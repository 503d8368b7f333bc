import { readEnvironment, StartError } from '@switchyard/config/launch';
import { findEmbeddedPostgres } from '@switchyard/database/embedded';
import { databaseFolder } from './embedded-database.js';

/**
 * Where the database is of what runs here: the operator's, or the embedded one.
 * @throws StartError where nothing runs.
 */
export async function runningDatabase(): Promise<string> {
  const { databaseUrl: named, dataDirectory } = readEnvironment(process.env);
  const url = named ?? (await findEmbeddedPostgres(databaseFolder(dataDirectory)));
  if (url !== undefined) return url;
  throw new StartError(
    `DATABASE_URL is not set, and nothing runs on the data in ${dataDirectory}. Set it, or run \`npm start\` beside this.`,
  );
}
