import { sql, type Database, type Queryable } from '@switchyard/database';
import { until } from './until.js';

/** A transaction that has done its work and has not ended, as on a busy server. */
export interface Held<Result> {
  readonly result: Result;
  commit(): Promise<void>;
}

/** Does something in a transaction, and keeps that open. */
export async function hold<Result>(
  database: Database,
  work: (transaction: Queryable) => Promise<Result>,
): Promise<Held<Result>> {
  const end = Promise.withResolvers<void>();
  const done = Promise.withResolvers<Result>();
  const ended = database.transaction(async (transaction) => {
    done.resolve(await work(transaction));
    await end.promise;
  });
  ended.catch(done.reject);
  return {
    result: await done.promise,
    async commit() {
      end.resolve();
      await ended;
    },
  };
}

/** A transaction that another one holds up. */
export interface HeldUp<Result> {
  readonly ended: Promise<Result>;
  /** Resolves when it has ended, or is held up by one that has not ended meanwhile. */
  untilStill(): Promise<void>;
}

/** Begins what another transaction holds up. Nothing in it is tried again, so that a deadlock shows. */
export async function beginHeldUp<Result>(
  database: Database,
  work: (transaction: Queryable) => Promise<Result>,
): Promise<HeldUp<Result>> {
  const backend = Promise.withResolvers<number>();
  const ended = database.transaction(async (transaction) => {
    const [row] = await transaction.query<{ pid: number }>(sql`select pg_backend_pid() as pid`);
    if (row) backend.resolve(row.pid);
    return await work(transaction);
  });
  let hasEnded = false;
  ended.then(
    () => (hasEnded = true),
    () => (hasEnded = true),
  );
  const pid = await backend.promise;
  const isHeldUp = async (): Promise<boolean> => {
    const rows = await database.query(sql`select 1 where cardinality(pg_blocking_pids(${pid})) > 0`);
    return rows.length > 0;
  };
  await until(isHeldUp);
  return { ended, untilStill: () => until(async () => hasEnded || (await isHeldUp())) };
}
