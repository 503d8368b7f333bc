import { sql, type Database } from '@switchyard/database';

/** Whether a process of this worker app holds its lease. @param app `worker-openai` */
export async function runsWorker(database: Database, app: string): Promise<boolean> {
  const [row] = await database.query<{ runs: boolean }>(sql`
    select exists (
      select from workers where kind = ${app} and stopped_at is null and lease_until > clock_timestamp()) as runs`);
  return row?.runs === true;
}
