import { sql, type Database } from '@switchyard/database';

/** A transaction's worth: a tenth of a second to a whole one, by how many keys and models they are spread over. */
const AT_ONCE = 50_000;

/**
 * Folds what was settled into the rollups that reports read. Any number of couriers may do so, at any time: each
 * settlement is folded once, and reports are the same before and after.
 * @returns how many settlements were folded by this call
 */
export async function foldUsage(database: Database): Promise<number> {
  for (let total = 0; ;) {
    const [row] = await database.query<{ folded: number }>(sql`select fold_usage(${AT_ONCE}) as folded`);
    const folded = row?.folded ?? 0;
    total += folded;
    if (folded < AT_ONCE) return total;
  }
}
