import { sql, type Queryable } from '@switchyard/database';

/** Which lanes: all that have what is given. */
export interface LaneScope {
  readonly provider?: string;
  readonly model?: string;
  readonly tenant?: string;
}

/**
 * Lets nothing be claimed from these lanes any more, in any process; what runs goes on.
 * @param by who says so, for those who wait
 * @returns false where they were paused by the same scope already
 */
export async function pauseLanes(
  database: Queryable,
  { provider = null, model = null, tenant = null }: Nullable<LaneScope>,
  by: string,
): Promise<boolean> {
  const [row] = await database.query<{ changed: boolean }>(
    sql`select pause_lanes(${provider}, ${model}, ${tenant}, ${by}) as changed`,
  );
  return row?.changed === true;
}

/** Takes a pause of the same scope back. @returns false where there was none */
export async function resumeLanes(
  database: Queryable,
  { provider = null, model = null, tenant = null }: Nullable<LaneScope>,
): Promise<boolean> {
  const [row] = await database.query<{ changed: boolean }>(
    sql`select resume_lanes(${provider}, ${model}, ${tenant}) as changed`,
  );
  return row?.changed === true;
}

type Nullable<Scope> = { readonly [Name in keyof Scope]: Scope[Name] | null };
