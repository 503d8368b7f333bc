import { prepareDatabase, readEnvironment, StartError } from '@switchyard/config/launch';

/** Brings the operator's own database, and the queue beside it, to what this version needs. */
export async function migrate(): Promise<number> {
  const { databaseUrl, queueUrl } = readEnvironment(process.env);
  if (databaseUrl === undefined) {
    throw new StartError('DATABASE_URL is not set. The embedded database needs no command: `npm start` migrates it.');
  }
  const applied = await prepareDatabase({ database: databaseUrl, queue: queueUrl });
  process.stdout.write(`${describe(applied)}\n`);
  return 0;
}

function describe(applied: number): string {
  if (applied === 0) return 'The database is up to date.';
  return `Applied ${applied} ${applied === 1 ? 'migration' : 'migrations'}.`;
}
