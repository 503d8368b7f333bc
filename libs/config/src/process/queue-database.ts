import { openDatabase, type Database } from '@switchyard/database';

/** Statements of the queue, and a connection each that listens for entries and for signals. */
const CONNECTIONS = 6;
const STATEMENT_LIMIT_MS = 5_000;

/**
 * A pool over BullMQ's schema. What it writes may be lost, so that its commits need not wait for the disk.
 * @param settings `options`: what the queue wants its connections to be started with.
 */
export function openQueueDatabase(settings: {
  readonly name: string;
  readonly url: string;
  readonly options: string;
}): Database {
  const url = new URL(settings.url);
  url.searchParams.set('options', settings.options);
  return openDatabase({
    url: url.href,
    applicationName: `switchyard ${settings.name} queue`,
    poolSize: CONNECTIONS,
    statementTimeoutMs: STATEMENT_LIMIT_MS,
  });
}

/** Whether the queue of this URL stands in Postgres. */
export function isPostgres(url: string): boolean {
  return /^postgres(ql)?:/.test(url);
}
