import { sql, type Database } from '@switchyard/database';

const AT_MOST = 100;

/** Deletes files whose time is over. @returns how many; more may be left when it is 100. */
export async function dropExpiredFiles(database: Database): Promise<number> {
  const [row] = await database.query<{ dropped: number }>(sql`select drop_expired_files(${AT_MOST}) as dropped`);
  return row?.dropped ?? 0;
}
