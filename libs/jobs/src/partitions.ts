import { sql, type Database } from '@switchyard/database';

/** Partitions of payloads and results that are made ahead, in days. */
const DAYS_AHEAD = 7;

/** Makes the partitions of today and the days ahead. */
export async function makePartitions(database: Database): Promise<void> {
  await database.query(sql`select ensure_partitions(${DAYS_AHEAD})`);
}
