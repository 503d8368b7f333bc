import { sql, type Database } from '@switchyard/database';

const AT_MOST = 10_000;

/** Deletes idempotency keys whose time is over. @returns how many; more may be left when it is 10,000. */
export async function forgetKeys(database: Database): Promise<number> {
  const [row] = await database.query<{ forgotten: number }>(sql`select forget_keys(${AT_MOST}) as forgotten`);
  return row?.forgotten ?? 0;
}
