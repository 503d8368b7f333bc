import { sql, type Database } from '@switchyard/database';

/** What waits for one provider. */
export interface QueueAge {
  readonly provider: string;
  /** Jobs that could be claimed now. */
  readonly waiting: number;
  /** How long the oldest of them has been ready, in seconds; 0 where none waits. */
  readonly ageSeconds: number;
}

/** Reads what waits for each provider. Costs a scan of the waiting jobs: for a scrape, not for a loop. */
export async function readQueueAges(database: Database): Promise<QueueAge[]> {
  const rows = await database.query<{ provider: string; waiting: bigint; age: number | null }>(sql`
    select p.name as provider, count(l.job_id) as waiting,
           extract(epoch from clock_timestamp() - min(l.ready_at))::float8 as age
      from providers p left join live_jobs l on l.provider_id = p.id and l.worker_id is null and not l.parked
     group by p.name`);
  return rows.map((row) => ({
    provider: row.provider,
    waiting: Number(row.waiting),
    ageSeconds: Math.max(row.age ?? 0, 0),
  }));
}
