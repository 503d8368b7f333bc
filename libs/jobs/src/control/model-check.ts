import { sql, type Database } from '@switchyard/database';

/** How the list of a vendor compares with ours. Names are the vendor's. */
export interface ModelComparison {
  /** Listed by the vendor, and not in the configuration. */
  readonly new: readonly string[];
  /** In the configuration, and not at the vendor any more. */
  readonly retired: readonly string[];
  /** Of the new ones, those whose price nobody here knows. */
  readonly unpriced: readonly string[];
}

/** What is known of one provider's models. */
export interface ModelCheck extends ModelComparison {
  readonly provider: string;
  /** When the comparison was made; null: never yet. */
  readonly checkedAt: Date | null;
  /** Why the last check failed, after which the comparison may be an older one. */
  readonly error: string | null;
}

/** When checks are due, in minutes. */
export interface CheckSchedule {
  /** After a provider was first seen. */
  readonly first: number;
  /** After a check that succeeded. */
  readonly every: number;
  /** After one that failed, or that never ended. */
  readonly again: number;
}

/** Whether a check of this provider is due; then it is the caller's, and nobody else is told the same. */
export async function beginModelCheck(database: Database, provider: string, due: CheckSchedule): Promise<boolean> {
  const [row] = await database.query<{ begun: boolean }>(sql`
    select begin_model_check(${provider}, ${due.first} * interval '1 minute', ${due.again} * interval '1 minute') as begun`);
  return row?.begun === true;
}

/** Keeps what a check found, or why it failed. */
export async function endModelCheck(
  database: Database,
  provider: string,
  end: { readonly found: ModelComparison } | { readonly error: string },
  due: CheckSchedule,
): Promise<void> {
  const [found, error, minutes] =
    'found' in end ? [JSON.stringify(end.found), null, due.every] : [null, end.error, due.again];
  await database.query(
    sql`select end_model_check(${provider}, ${found}::jsonb, ${error}, ${minutes} * interval '1 minute')`,
  );
}

/** The last checks, by the name of the provider. */
export async function readModelChecks(database: Database): Promise<ModelCheck[]> {
  const rows = await database.query<{
    provider: string;
    checked_at: Date | null;
    report: unknown;
    error: string | null;
  }>(sql`select provider, checked_at, report, error from model_checks order by provider`);
  return rows.map(({ provider, checked_at: checkedAt, report, error }) => {
    return { provider, checkedAt, error, ...readComparison(report) };
  });
}

function readComparison(report: unknown): ModelComparison {
  const texts = (field: string): readonly string[] => {
    const list: unknown = typeof report === 'object' && report !== null ? Reflect.get(report, field) : undefined;
    return Array.isArray(list) ? list.filter((name): name is string => typeof name === 'string') : [];
  };
  return { new: texts('new'), retired: texts('retired'), unpriced: texts('unpriced') };
}
