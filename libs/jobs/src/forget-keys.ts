import { sql, type Database } from '@switchyard/database';

const AT_MOST = 10_000;

/** Deletes idempotency keys whose time is over. @returns how many; more may be left when it is `AT_MOST`. */
export async function forgetKeys(database: Database): Promise<number> {
  const rows = await database.query(sql`
    delete from idempotency_keys where (tenant_id, route, key) in (
      select tenant_id, route, key from idempotency_keys
       where created_at <= clock_timestamp() - idempotency_lifetime() order by created_at limit ${AT_MOST}
    ) returning 1 as gone`);
  return rows.length;
}
